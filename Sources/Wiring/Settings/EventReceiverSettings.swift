import Foundation
import Mail
package import Newsletter
import Outbound

/// Who is told what happens to subscriptions, and how.
package struct EventReceiverSettings: Sendable {
    package let url: String
    /// The words by which pages name it.
    package let name: String
    package let signing: StandardWebhook
    package var events = Set(OutgoingEvent.Kind.allCases)
    /// It may be on the inside of the network.
    package var mayBeInside = false
    /// A PEM file of the authorities to trust instead of the system's.
    package var certificateAuthorities: String?
    /// From the first look at the name to the end of the answer.
    package var timeout: Duration = .seconds(15)

    package init(url: String, name: String, signing: StandardWebhook) {
        (self.url, self.name, self.signing) = (url, name, signing)
    }

    var host: String { URL(string: url)?.host ?? "" }

    package enum Inside: String, CaseIterable, Sendable {
        case refused, allowed
    }
}

extension Settings {
    mutating func readEventReceiver(_ reader: inout SettingsReader) {
        let (place, problems) = ("hooks.receiver", reader.problems.count)
        let url = reader.text("\(place).url") { text in
            text.firstIndex(of: "?").map { "\(text[..<$0])?[redacted]" } ?? text
        }
        let name = reader.text("\(place).name")
        let secret = reader.secret("\(place).secret-file")
        let events = Self.events(&reader)
        let inside = reader.word("\(place).inside", EventReceiverSettings.Inside.self)
        let authorities = reader.readable("\(place).ca-file")
        guard let url else {
            if name != nil || secret != nil || inside == .allowed || events != nil || authorities != nil {
                reader.problem("\(place).url", "is missing: where do the events go?")
            }
            return
        }
        if let problem = Self.problem(of: url, mayBeInside: inside == .allowed) {
            reader.problem("\(place).url", problem)
        }
        if name == nil {
            reader.problem(
                "\(place).name",
                "is missing: people are told who gets their data, in these words, e.g. our customer register, run by "
                    + "Example CRM AS")
        }
        let signing = secret.flatMap { StandardWebhook(key: $0) }
        if signing == nil, reader.problems.allSatisfy({ !$0.hasPrefix("\(place).secret-file") }) {
            reader.problem(
                "\(place).secret-file",
                secret == nil
                    ? "is missing: events are signed with it; make one: (printf whsec_; openssl rand -base64 24)"
                    : "holds no secret: it is whsec_ and at least 16 bytes in base64; make one: (printf whsec_; openssl "
                        + "rand -base64 24)")
        }
        guard reader.problems.count == problems, let name, let signing else { return }
        var receiver = EventReceiverSettings(url: url, name: name, signing: signing)
        receiver.events = events ?? receiver.events
        receiver.mayBeInside = inside == .allowed
        receiver.certificateAuthorities = authorities
        eventReceiver = receiver
    }

    private static func events(_ reader: inout SettingsReader) -> Set<OutgoingEvent.Kind>? {
        let words = reader.texts("hooks.receiver.events")
        for word in words where OutgoingEvent.Kind(rawValue: word) == nil {
            let all = OutgoingEvent.Kind.allCases.map(\.rawValue).joined(separator: ", ")
            reader.problem("hooks.receiver.events", "\"\(word)\" is not one of \(all)")
        }
        guard !words.isEmpty else { return nil }
        let kinds = Set(words.compactMap { OutgoingEvent.Kind(rawValue: $0) })
        let missing = OutgoingEvent.Kind.allCases.filter { !$0.tellsPerson && !kinds.contains($0) }
        if !missing.isEmpty, kinds.contains(where: \.tellsPerson) {
            reader.problem(
                "hooks.receiver.events",
                "lacks \(missing.map(\.rawValue).joined(separator: ", ")): whoever gets a copy of people's data must hear when to "
                    + "delete it")
        }
        return kinds
    }

    /// Where a name leads to is looked at when it is connected to; here, what can be seen in the text.
    private static func problem(of text: String, mayBeInside: Bool) -> String? {
        guard let url = URL(string: text), let host = url.host, WebAddress.isOrdinary(text), url.fragment == nil else {
            return
                "\"\(text)\" is not https://…, such as https://crm.example.org/courant; http:// is for this machine alone, "
                + "and a user, a password or a # has no place in it"
        }
        let bare = host.trimmingCharacters(in: CharacterSet(charactersIn: "[]"))
        guard !mayBeInside, InsideNetwork.contains(bare) ?? PublicURL.isThisMachine(bare) else { return nil }
        return
            "\(host) is on the inside of the network, where events go only if that is meant: hooks.receiver.inside: allowed"
    }
}
