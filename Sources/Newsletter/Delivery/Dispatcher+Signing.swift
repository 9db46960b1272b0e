import DKIM
import Dispatch
import Foundation
import Mail

/// Between rendering and the relay: what leaves is signed, whatever kind of mail it is.
extension Dispatcher {
    /// On threads of its own, as many as there are cores: a signature takes most of a millisecond, in which neither a visitor
    /// nor the relay may wait.
    private static let threads = DispatchQueue(label: "courant.signing", attributes: .concurrent)

    func sign(_ mails: [OutgoingMail]) async -> [OutgoingMail] {
        guard let signer = renderer.signer, !mails.isEmpty else { return mails }
        let now = clock.now()
        let cores = ProcessInfo.processInfo.activeProcessorCount
        let size = (mails.count + cores - 1) / cores
        let starts = Array(stride(from: 0, to: mails.count, by: size))
        return await withTaskGroup(of: (Int, [OutgoingMail]).self) { group in
            for start in starts {
                let part = mails[start..<min(start + size, mails.count)]
                group.addTask { (start, await Self.sign(part, signer, at: now)) }
            }
            var signed: [Int: [OutgoingMail]] = [:]
            for await (start, part) in group { signed[start] = part }
            return starts.flatMap { signed[$0] ?? [] }
        }
    }

    private static func sign(
        _ mails: ArraySlice<OutgoingMail>, _ signer: DKIMSigner, at now: Date
    ) async -> [OutgoingMail] {
        await withCheckedContinuation { continuation in
            threads.async {
                continuation.resume(
                    returning: mails.map { mail in
                        var signed = mail
                        signed.content = signer.signed(mail.content, at: now)
                        return signed
                    })
            }
        }
    }
}
