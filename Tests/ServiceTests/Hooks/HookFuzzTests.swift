import Foundation
import HTTPTypes
import Reports
import TestSupport
import Testing
import Web

/// Whatever comes: it is read, or refused by name.
@Suite struct HookFuzzTests {
    let caller = HookCaller()

    /// Under good signatures and passwords, so that the parsers meet it.
    @Test(arguments: HookProvider.allCases) func `damaged bodies of each provider are read or refused`(
        _ provider: HookProvider
    ) async throws {
        let (hook, count) = (try #require(HookCaller.hook(provider)), provider.signsWithRSA ? 150 : 3000)
        let samples = HookSample.all.filter { $0.provider == provider }.map { Array($0.body.utf8) }
        var random = Seeded(UInt64(provider.rawValue.utf8.count))
        for _ in 0..<count {
            let body = String(decoding: random.damaged(samples), as: UTF8.self)
            do throws(HookFailure) {
                let reports = try hook.reports(try await hook.open(try genuine(provider, body)))
                #expect(reports.allSatisfy { $0.marks.count < 10 && $0.recipients.count <= 50 })
            } catch {
                #expect(error == .malformed || (provider == .postal && error == .forged))
            }
        }
    }

    private func genuine(_ provider: HookProvider, _ body: String) throws(HookFailure) -> HookCall {
        do { return try caller.call(provider, body.replacing("NOW", with: "1790000000")) } catch { throw .later }
    }

    @Test(arguments: HookProvider.allCases) func `damaged calls of each provider are not taken`(
        _ provider: HookProvider
    ) async throws {
        let (hook, sample) = (
            try #require(HookCaller.hook(provider)), try #require(HookSample.find(provider, "bounce"))
        )
        let good = try caller.call(sample)
        var random = Seeded(UInt64(provider.rawValue.utf8.count))
        for _ in 0..<(provider.signsWithRSA ? 200 : 1000) {
            let call = random.damaged(good)
            guard provider.signs, call.body != good.body || call.headers != good.headers else { continue }
            let opened = try? await hook.open(call)
            #expect(opened == nil || provider.readsMeaningAlone)
        }
    }

    @Test(arguments: ["{\"a\":", "["]) func `what is nested too deep is refused`(_ opening: String) async throws {
        for depth in [17, 500, 200_000] {
            let body = String(repeating: opening, count: depth)
            let call = HookCall(
                headers: [.authorization: "Basic \(Data(HookCaller.password.utf8).base64EncodedString())"],
                body: Array((body + "1" + String(repeating: opening == "[" ? "]" : "}", count: depth)).utf8),
                now: caller.now)
            let hook = try #require(HookCaller.hook(.brevo))
            await #expect(throws: HookFailure.malformed) { try await hook.open(call) }
        }
    }
}

extension HookProvider {
    /// Slow to sign.
    fileprivate var signsWithRSA: Bool { [.ses, .scaleway, .postal].contains(self) }
    /// The signature is over values in the JSON, not over its bytes: white space, and what is not asked for, may
    /// change.
    fileprivate var readsMeaningAlone: Bool { [.ses, .scaleway, .mailgun].contains(self) }
}

extension Seeded {
    /// One of them, with a few bytes changed, and pieces lost, doubled, and put in from another.
    fileprivate mutating func damaged(_ samples: [[UInt8]]) -> [UInt8] {
        var bytes = samples.randomElement(using: &self) ?? []
        for _ in 0..<Int.random(in: 1...6, using: &self) where !bytes.isEmpty {
            let place = Int.random(in: 0..<bytes.count, using: &self)
            let end = min(bytes.count, place + Int.random(in: 0..<60, using: &self))
            switch Int.random(in: 0..<4, using: &self) {
            case 0: bytes[place] = UInt8.random(in: 0...255, using: &self)
            case 1: bytes.removeSubrange(place..<end)
            case 2: bytes.insert(contentsOf: bytes[place..<end], at: place)
            default:
                bytes.insert(contentsOf: (samples.randomElement(using: &self) ?? []).prefix(end - place), at: place)
            }
        }
        return bytes
    }

    /// One bit of the body, or a whole field: of a code's own digits some can be written in several ways.
    fileprivate mutating func damaged(_ call: HookCall) -> HookCall {
        var (headers, body) = (call.headers, call.body)
        if let field = headers.randomElement(using: &self), Bool.random(using: &self) {
            headers[field.name] = Bool.random(using: &self) ? nil : String(field.value.reversed())
        } else {
            body[Int.random(in: 0..<body.count, using: &self)] ^= UInt8(1 << Int.random(in: 0..<8, using: &self))
        }
        return HookCall(headers: headers, body: body, now: call.now, sns: call.sns)
    }
}
