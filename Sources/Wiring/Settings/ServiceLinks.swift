import Foundation

/// The variables that Kubernetes and Docker put into the environment because a service is called `courant`, or `courant-http`:
/// none of them is a setting, although some have a setting's name.
struct ServiceLinks {
    /// In the order of the alphabet.
    let names: [String]

    init(in environment: [String: String]) {
        let ours = environment.filter { $0.key.hasPrefix("COURANT_") }
        let aliases = ours.compactMap { Self.alias($0.key, $0.value) }
        names = ours.filter { name, value in
            Self.isKubernetes(name, value) || Self.alias(name, value) != nil
                || aliases.contains { name.hasPrefix($0 + "ENV_") }
        }.keys.sorted()
    }

    /// `…_SERVICE_HOST`, `…_SERVICE_PORT(_NAME)`, `…_PORT=tcp://10.0.48.109:8080`, `…_PORT_8080_TCP(_PROTO, _PORT, _ADDR)`.
    private static func isKubernetes(_ name: String, _ value: String) -> Bool {
        if name.hasSuffix("_PORT"), ["tcp://", "udp://", "sctp://"].contains(where: { value.hasPrefix($0) }) {
            return true
        }
        return name.wholeMatch(of: /COURANT_(.*_)?SERVICE_(HOST|PORT(_[A-Z0-9_]+)?)/) != nil
            || name.wholeMatch(of: /COURANT_(.*_)?PORT_[0-9]+_(TCP|UDP|SCTP)(_PROTO|_PORT|_ADDR)?/) != nil
    }

    /// Docker's `--link` says who is linked to what, `COURANT_NAME=/web/courant`: then the beginning of its other names.
    private static func alias(_ name: String, _ value: String) -> String? {
        guard name.hasSuffix("_NAME"), !SettingsKeys.all.contains(where: { SettingsKeys.variable($0) == name }),
            value.wholeMatch(of: /\/[^\/]+\/[^\/]+/) != nil
        else { return nil }
        return String(name.dropLast("NAME".count))
    }

    /// Nil where there are none.
    var notice: String? {
        names.isEmpty
            ? nil
            : "passed over, as Kubernetes and Docker set them for a service of that name (enableServiceLinks: false keeps "
                + "them away): \(names.joined(separator: ", "))"
    }
}
