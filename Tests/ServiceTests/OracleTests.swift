import CourantTesting
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Mail
import Newsletter
import SQLStore
import TestSupport
import Testing
import Wiring

@testable import Web

/// Whoever posts an address learns nothing about it: not from the answer, not from how long it took.
@Suite(.timeLimit(.minutes(20))) struct OracleTests {
    /// What we may know of an address when somebody posts it.
    enum Known: String, CaseIterable, Sendable {
        case nothing, pending, active, restricted, fingerprint
        /// Just written to: nothing is sent again.
        case notified
    }

    /// So many of each; `COURANT_ORACLE_PAIRS=1000` for the published figure.
    static let pairs = ProcessInfo.processInfo.environment["COURANT_ORACLE_PAIRS"].flatMap { Int($0) } ?? 120
    static let isForPublishing = pairs >= 1000

    @Test func `a sign-up's answer is the same in body, headers and time, whatever we know`() async throws {
        // Without optimisation everything takes many times as long, and the beat must be longer by as much.
        let web = try await WebApp.start { $0.constantTime = ConstantTime(.milliseconds(40)) }
        try await web.app.know(Known.allCases, Self.pairs)
        var answers: Set<String> = []
        var times: [Known: [Double]] = [:]
        for (known, answer, time) in try await web.post(Known.allCases, Self.pairs) {
            answers.insert(answer)
            times[known, default: []].append(time)
        }
        #expect(answers.count == 1, "\(answers)")
        let new = try #require(times[.nothing])
        for known in Known.allCases where known != .nothing {
            let comparison = TwoSamples(new, try #require(times[known]))
            #expect(comparison.areAlike, "\(known.rawValue): \(comparison)")
            if Self.isForPublishing { print("oracle", known.rawValue, comparison) }
        }
    }

    @Test func `the comparison itself tells a tenth of the spread from nothing`() {
        var random = Seeded(3)
        func sample(_ shift: Double) -> [Double] {
            (0..<4000).map { _ in Double.random(in: 0...1, using: &random) + shift }
        }
        #expect(TwoSamples(sample(0), sample(0)).areAlike)
        #expect(!TwoSamples(sample(0), sample(0.1)).areAlike)
    }
}

/// Two samples of times: the chance that one of the second takes longer than one of the first (Mann and Whitney's U, one
/// half where they are alike), and the largest gap between their distributions (Kolmogorov and Smirnov's D).
struct TwoSamples: CustomStringConvertible {
    let chance: Double
    let gap: Double
    let medians: (Double, Double)
    private let count: Double

    init(_ first: [Double], _ second: [Double]) {
        let (first, second) = (first.sorted(), second.sorted())
        count = Double(min(first.count, second.count))
        medians = (first[first.count / 2], second[second.count / 2])
        let merged = (first.map { ($0, true) } + second.map { ($0, false) }).sorted { $0.0 < $1.0 }
        var (seen, wins, widest) = ((first: 0.0, second: 0.0), 0.0, 0.0)
        for (_, isFirst) in merged {
            if isFirst {
                seen.first += 1
            } else {
                seen.second += 1
                wins += seen.first
            }
            widest = max(
                widest, abs(seen.first / Double(first.count) - seen.second / Double(second.count)))
        }
        chance = wins / Double(first.count) / Double(second.count)
        gap = widest
    }

    /// Five standard deviations of U, and the D that one pair of like samples in a million has.
    var areAlike: Bool {
        abs(chance - 0.5) < 5 * (1 / (6 * count)).squareRoot() && gap < 2.69 * (2 / count).squareRoot()
    }

    var description: String {
        let figures = [chance, gap, medians.0, medians.1].map { String(format: "%.4f", $0) }
        return "P(longer) \(figures[0]), D \(figures[1]), medians \(figures[2]) and \(figures[3]) ms, n \(Int(count))"
    }
}

extension TestApp {
    /// So many addresses of each kind, as `KIND-NUMBER@example.org`.
    fileprivate func know(_ kinds: [OracleTests.Known], _ count: Int) async throws {
        let (now, keyring) = (clock.wall.now(), courant.keyring)
        let list = try await courant.lists.all()[0].list
        try await courant.store.write { tx in
            for kind in kinds where kind != .nothing {
                for number in 0..<count {
                    let person = Person(
                        address: EmailAddress(localPart: "\(kind.rawValue)-\(number)", domain: "example.org"), name: nil
                    )
                    if kind == .fingerprint {
                        try tx.insertFingerprint(keyring.fingerprint(of: person.address), on: nil, at: now)
                        continue
                    }
                    let id = SubscriptionID.random()
                    let state: Subscription.State =
                        switch kind {
                        case .pending, .notified: .pending
                        case .restricted: .restricted
                        default: .active
                        }
                    let written = kind == .notified ? now : now - .seconds(86_400)
                    try tx.insert(
                        Subscription(
                            id: id, list: list, person: try keyring.seal(person, for: id), language: .english,
                            state: state, basis: .consent, source: "form",
                            consent: Consent(text: "", policy: "1", askedAt: written, confirmedAt: nil),
                            activeSince: state == .pending ? nil : written, lastActivity: written,
                            lastNotified: written), digest: keyring.digest(of: person.address))
                }
            }
        }
    }
}

extension WebApp {
    /// Posts one address of each kind, in an order drawn anew each time, again and again, from a few visitors at once.
    fileprivate func post(
        _ kinds: [OracleTests.Known], _ count: Int
    ) async throws -> [(known: OracleTests.Known, answer: String, milliseconds: Double)] {
        try await Application(router: router(), logger: logger).test(.router) { client in
            try await withThrowingTaskGroup(of: [(OracleTests.Known, String, Double)].self) { group in
                let lanes = 4
                for lane in 0..<lanes {
                    group.addTask {
                        var seen: [(OracleTests.Known, String, Double)] = []
                        for number in stride(from: lane, to: count, by: lanes) {
                            for kind in kinds.shuffled() {
                                let start = ContinuousClock.now
                                let answer = try await client.execute(
                                    uri: "/subscribe", method: .post,
                                    headers: [.contentType: "application/x-www-form-urlencoded"],
                                    body: ByteBuffer(string: "email=\(kind.rawValue)-\(number)%40example.org"))
                                let time = (ContinuousClock.now - start) / .milliseconds(1)
                                let all = "\(answer.status) \(answer.headers) \(answer.text)"
                                seen.append((kind, all.replacing(/request=[\w-]{22}&to=[\w-]+/, with: "request"), time))
                            }
                        }
                        return seen
                    }
                }
                return try await group.reduce(into: []) { $0 += $1 }.map { ($0.0, $0.1, $0.2) }
            }
        }
    }
}
