import CourantAPI
import Foundation
import HTTPTypes
import Hummingbird
import Mail
import NIOCore
import Rendering

/// `GET /embed.js`: what a form on another site is improved by. The file in the templates is filled with its words in
/// every language and with the captcha; comments and indentation stay behind, so that it fits a few packets.
struct EmbedRoutes: Sendable {
    static let asset = "embed.js"
    /// The locale's keys below `embed`.
    static let words = ["requested", "code", "button", "confirmed"]

    private let script: (asset: Asset, bytes: ByteBuffer)?

    init(_ services: WebServices) {
        script = services.templates.assets[Self.asset].flatMap { file in
            let filled = Array(Self.filled(file.bytes, services).utf8)
            return Asset(bytes: filled, name: Self.asset).map { ($0, ByteBuffer(bytes: filled)) }
        }
    }

    func add(to router: Router<WebContext>) {
        router.get("/embed.js", use: show)
    }

    @Sendable private func show(_ request: Request, _ context: WebContext) throws -> Response {
        guard let script else { throw DoorFailure.notFound }
        return request.answer(script.asset, script.bytes)
    }

    private struct Filling: Encodable {
        let words: [String: [String: String]]
        let captcha: [String: String]?
    }

    private static func filled(_ file: [UInt8], _ services: WebServices) -> String {
        var words: [String: [String: String]] = [:]
        for language in services.templates.languages {
            for word in Self.words {
                words[language.code, default: [:]][word] = services.templates.string(
                    "embed.\(word)", language: language)
            }
        }
        let filling = try? JSON.encode(Filling(words: words, captcha: services.site.widget?.embedded))
        let lines = String(decoding: file, as: UTF8.self).split(separator: "\n").map { $0.drop { $0 == " " } }
        return lines.filter { !$0.hasPrefix("//") }.map { $0 + ($0.endsSafely ? "" : "\n") }.joined()
            .replacing(" = {};", with: "=\(String(decoding: filling ?? Data(), as: UTF8.self));", maxReplacements: 1)
            + "\n"
    }
}

extension Substring {
    /// The next line may follow on the same one.
    fileprivate var endsSafely: Bool {
        utf8.place(of: " //".utf8) == nil && utf8.last.map { ";{,(".utf8.contains($0) } ?? true
    }
}
