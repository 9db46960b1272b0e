import Crypto
import Foundation
import Newsletter
import Reports

/// For a script of one's own: `X-Courant-Signature: t=1700000000,v1=HEX`, the HMAC-SHA-256 of `t.body`; the body is one
/// `{"tag": …, "class": "dead", "status": "5.1.1"}` or several in an array.
struct GenericHook: HookFormat {
    private let key: SymmetricKey

    init?(key: String) {
        guard key.utf8.count >= 16 else { return nil }
        self.key = SymmetricKey(data: Data(key.utf8))
    }

    func open(_ call: HookCall) throws(HookFailure) -> OpenedCall {
        let parts = Self.parts(call.header("X-Courant-Signature") ?? "")
        let signed = Data("\(parts["t"] ?? "").".utf8) + call.body
        guard call.isFresh(parts["t"]), let code = parts["v1"].flatMap({ Data(hex: $0) }),
            HMAC<SHA256>.isValidAuthenticationCode(code, authenticating: signed, using: key)
        else { throw .forged }
        return OpenedCall(try JSONValue(call.body).items, signed: signed)
    }

    private static func parts(_ header: String) -> [String: String] {
        header.split(separator: ",").prefix(8).reduce(into: [:]) { parts, part in
            let halves = part.split(separator: "=", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
            if halves.count == 2 { parts[halves[0]] = halves[1] }
        }
    }

    /// Also here only an enhanced code makes anybody dead.
    func report(_ event: JSONValue) throws(HookFailure) -> Report? {
        guard let tag = event["tag"].text, let verdict = event["class"].text.flatMap({ ReportClass(rawValue: $0) })
        else {
            throw .malformed
        }
        let status = event["status"].text.flatMap { StatusSearch.enhanced(in: $0.utf8) }
        let isSaid = status.map { StatusTable.verdict($0, words: ReportWords([])) == .dead } ?? false
        return .told(.echo(tag), verdict == .dead && !isSaid ? .strike : verdict, status: status?.text ?? "")
    }
}
