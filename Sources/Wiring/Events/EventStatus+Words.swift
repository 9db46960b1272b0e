import Newsletter

/// What became of an attempt, for the operator: what happened and what to do.
enum EventStatusWords {
    static func words(_ status: String) -> String {
        guard let failure = EventFailure(rawValue: status) else { return words(Int(status) ?? 0) }
        switch failure {
        case .unreachable: return "it cannot be reached: check hooks.receiver.url and whether it runs"
        case .insecure:
            return
                "its TLS cannot be trusted: its certificate is to be renewed, or name its authority in hooks.receiver.ca-file"
        case .garbled: return "its answer is no HTTP: check hooks.receiver.url and its port"
        case .timedOut:
            return
                "it has not answered within 15 seconds: it should take the event down, answer 2xx, and work afterwards"
        case .inside:
            return "its name leads to the inside of the network: if that is meant, set hooks.receiver.inside: allowed"
        case .malformed: return "hooks.receiver.url cannot be asked: correct it"
        }
    }

    private static func words(_ status: Int) -> String {
        switch status {
        case 300..<400:
            "it answers \(status), and a redirect is not followed: write the URL that it leads to in hooks.receiver.url"
        case 401, 403:
            "it answers \(status): see that it checks with the secret in hooks.receiver.secret-file, and its clock"
        case 404, 410: "it answers \(status): hooks.receiver.url is not, or no longer, where it takes events"
        case 400..<500: "it answers \(status): see its log for what it has against the event"
        default: "it answers \(status): see its log"
        }
    }
}
