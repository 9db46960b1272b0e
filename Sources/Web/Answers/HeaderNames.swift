import HTTPTypes

/// Header fields that the package of names lacks.
extension HTTPField.Name {
    static let accelBuffering = literal("X-Accel-Buffering")
    static let forwarded = literal("Forwarded")
    static let forwardedFor = literal("X-Forwarded-For")
    static let forwardedProto = literal("X-Forwarded-Proto")
    static let host = literal("Host")
    static let idempotencyKey = literal("Idempotency-Key")
    static let openerPolicy = literal("Cross-Origin-Opener-Policy")
    static let probe = literal(ProxyWatch.question)
    static let probed = literal(ProxyWatch.answer)
    static let referrerPolicy = literal("Referrer-Policy")
    static let robotsTag = literal("X-Robots-Tag")

    private static func literal(_ text: String) -> HTTPField.Name {
        guard let name = HTTPField.Name(text) else { preconditionFailure("\(text) is no header's name") }
        return name
    }
}
