import Foundation
import Newsletter

extension StandardWebhook {
    /// What is signed.
    func check(_ call: HookCall) throws(HookFailure) -> Data {
        func header(_ name: String) -> String? { call.header("webhook-\(name)") ?? call.header("svix-\(name)") }
        guard let id = header("id"), let timestamp = header("timestamp"), call.isFresh(timestamp) else { throw .forged }
        let signed = Self.signedBytes(id: id, timestamp: timestamp, body: call.body)
        guard isSigned(signed, by: header("signature") ?? "") else { throw .forged }
        return signed
    }
}
