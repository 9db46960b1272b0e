import Foundation
import Newsletter
import Outbound
import Rendering

/// Who else sees anything, and what runs.
extension PromiseCheck {
    static let external = [processors, receiverIsNamed, transfersAreTold, programIsCurrent]

    private static let processors = PromiseCheck(
        "only-these-processors",
        "mail, captcha questions and events go to the hosts in `hosts` (or to this machine) and to nobody else; who else processes data, people must say",
        reaches: .seen, parameters: ["hosts": .texts]
    ) { inspection, parameters in
        let hosts = inspection.outsideHosts
        let promised = Set(parameters.texts("hosts").map { $0.lowercased() })
        guard promised.isEmpty || promised.isSuperset(of: hosts) else {
            let others = hosts.filter { !promised.contains($0) }.joined(separator: ", ")
            return .broken("Data goes to \(others), which the policy does not name.")
        }
        let words =
            hosts.isEmpty ? "Courant hands data to nobody" : "Courant hands data to \(hosts.joined(separator: ", "))"
        let others = "who hosts this machine, its backups and a proxy before it, and whom these hand data on to"
        return promised.isEmpty
            ? .yours(words, toDo: "see that the policy names them (then list them: with: {hosts: […]}), and \(others)")
            : .seen("\(words) alone, as the policy says", unseen: others)
    }

    private static let receiverIsNamed = PromiseCheck(
        "hooks-are-named",
        "who gets a copy by a hook is named with people's data, in each language, and in the policy in force, and nothing waits to be told of who is gone; what becomes of the copy, people must say",
        reaches: .seen
    ) { inspection, _ in
        let courant = inspection.courant
        let leftBehind = try await inspection.read { try $0.eventsOfNobody() }
        guard leftBehind == 0 else {
            return .broken(
                "\(leftBehind) events would tell of people who are gone: restart the service, which takes them away.")
        }
        guard let receiver = courant.settings.eventReceiver else {
            return .seen("Nothing leaves by a hook", unseen: "what people take out by hand, such as exports")
        }
        let disclosures = Disclosures(
            templates: courant.templates, publisher: courant.settings.publisher, parties: courant.settings.parties)
        let silent = courant.templates.languages.filter { language in
            let disclosure = disclosures.disclosure(in: language)
            return !disclosure.recipients.contains { $0.name == receiver.name && !$0.role.isEmpty }
                || !disclosure.transfers.contains(receiver.name)
        }
        guard silent.isEmpty else {
            return .broken(
                "People are not told in \(silent.map(\.code).joined(separator: ", ")) who gets their data by a hook: see "
                    + "templates/locales.")
        }
        let words =
            "\(receiver.name) (\(receiver.host)) is named on the page with people's data, in their export and to those who were "
            + "imported, and hears who has left, been erased or bounced"
        let policies = try await courant.policies.all().policies
        guard let policy = policies.first(where: { $0.state == .inForce })?.policy, policy.text.contains(receiver.name)
        else {
            return .yours(
                words,
                toDo:
                    "name it in your policy, in these words, for visitors who have not signed up yet (courant policy publish); "
                    + "see that it deletes them then, and have a contract with it (GDPR Art. 28)")
        }
        return .seen(
            "\(words). The policy names it",
            unseen: "that it deletes them then, and the contract with it (GDPR Art. 28)")
    }

    private static let transfersAreTold = PromiseCheck(
        "transfers-are-told",
        "everybody is told, in their language, where their data goes; where each provider keeps it, people must find out",
        reaches: .yours
    ) { inspection, _ in
        let courant = inspection.courant
        let disclosures = Disclosures(
            templates: courant.templates, publisher: courant.settings.publisher, parties: courant.settings.parties)
        let silent = courant.templates.languages.filter { disclosures.disclosure(in: $0).transfers.isEmpty }
        guard silent.isEmpty else {
            return .broken(
                "People are not told in \(silent.map(\.code).joined(separator: ", ")) where their data goes: see templates/locales."
            )
        }
        let hosts = inspection.outsideHosts
        return .yours(
            hosts.isEmpty
                ? "Courant sends data to no other machine" : "Courant sends data to \(hosts.joined(separator: ", "))",
            toDo:
                "find out in which country these and whoever hosts this machine keep it, and by what safeguard where that is "
                + "outside the EEA (GDPR Art. 44 to 46)")
    }

    private static let programIsCurrent = PromiseCheck(
        "program-is-current",
        "the service that runs is the program that is installed; whether there is a newer one, people must look",
        reaches: .yours
    ) { inspection, _ in
        let answer = try await inspection.get("/api/openapi.yaml")
        guard answer.status == 200 else { return .broken("The service answers \(answer.status).") }
        return answer.text.contains("version: \(Courant.version)")
            ? .yours(
                "Version \(Courant.version) is installed and runs",
                toDo: "look whether there is a newer one, and keep this machine’s system up to date too")
            : .broken("Another version runs than is installed (\(Courant.version)): restart the service.")
    }
}

extension Inspection {
    /// Other machines that data is handed to.
    fileprivate var outsideHosts: [String] {
        let settings = courant.settings
        let relays = settings.relays.map(\.address.host)
        let asked = settings.captcha.outsideHost.map { [$0] } ?? []
        let told = settings.eventReceiver.map { [$0.host] } ?? []
        return Set((relays + asked + told).map { $0.lowercased() }).subtracting(["localhost", "127.0.0.1", "::1"])
            .sorted()
    }
}
