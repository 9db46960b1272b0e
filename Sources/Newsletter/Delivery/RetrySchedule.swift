package import Mail

/// When a mail that a relay put off is tried again: after 5 minutes, 20 minutes, 1 hour, then every 4 hours, the last
/// time 48 hours after the first.
package enum RetrySchedule {
    package static let delays: [Duration] = {
        let first: [Duration] = [.seconds(300), .seconds(1200), .seconds(3600)]
        let often = first + Array(repeating: Duration.seconds(4 * 3600), count: 11)
        return often + [.seconds(48 * 3600) - often.reduce(.zero, +)]
    }()

    /// How long to wait after being put off for the `attempts`th time (1 is the first); nil: no more.
    package static func delay(after attempts: Int) -> Duration? {
        attempts >= 1 && attempts <= delays.count ? delays[attempts - 1] : nil
    }
}

extension SMTPReply {
    /// `5.1.1`, or `550` where the relay sends no enhanced codes; `5.1.1 at MAIL` where it did not answer `RCPT`. Never the
    /// text: it may quote the address.
    package var status: String {
        let status = enhanced.map { "\($0.class).\($0.subject).\($0.detail)" } ?? String(code)
        return command == .recipient ? status : "\(status) at \(command.name)"
    }
}
