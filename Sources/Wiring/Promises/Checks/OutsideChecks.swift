import Foundation
import Newsletter
import Outbound

/// Who else sees anything, and what runs.
extension PromiseCheck {
    static let outside = [processors, programIsCurrent]

    private static let processors = PromiseCheck(
        "only-these-processors",
        "mail and captcha questions go to the hosts in `hosts` (or to this machine) and nothing else goes out",
        parameters: ["hosts": .texts]
    ) { inspection, parameters in
        let settings = inspection.courant.settings
        let relays = ([settings.relay.address] + settings.relayFallbacks).map(\.host)
        let asked = settings.captcha.outsideHost.map { [$0] } ?? []
        let hosts = Set((relays + asked).map { $0.lowercased() }).subtracting(["localhost", "127.0.0.1", "::1"])
        let promised = Set(parameters.texts("hosts").map { $0.lowercased() })
        guard promised.isEmpty || hosts.isSubset(of: promised) else {
            let others = hosts.subtracting(promised).sorted().joined(separator: ", ")
            return .broken("Data goes to \(others), which the policy does not name.")
        }
        return .kept(hosts.isEmpty ? "Nothing leaves this machine" : "Only \(hosts.sorted().joined(separator: ", "))")
    }

    private static let programIsCurrent = PromiseCheck(
        "program-is-current", "the service that runs is the program that is installed"
    ) { inspection, _ in
        let answer = try await inspection.get("/api/openapi.yaml")
        guard answer.status == 200 else { return .broken("The service answers \(answer.status).") }
        return answer.text.contains("version: \(Courant.version)")
            ? .kept("Version \(Courant.version) is installed and runs")
            : .broken("Another version runs than is installed (\(Courant.version)): restart the service.")
    }
}
