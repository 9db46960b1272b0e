package import DNS
import DKIM
import Foundation
package import Mail
import Newsletter
import Outbound
import Reports
import SQLStore
import Synchronization

/// Mails of each kind, sent through each relay as people get them: to ourselves, to be looked at when they come back by the
/// open door of the running service, or to any mailbox.
package struct MailProbe: Sendable {
    private let settings: Settings
    private let resolver: any Resolver
    private let progress: @Sendable (String) -> Void

    /// `progress` hears what is waited for.
    package init(
        _ settings: Settings, resolver: any Resolver = SystemResolver(),
        progress: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        (self.settings, self.resolver, self.progress) = (settings, resolver, progress)
    }

    /// To a mailbox: who reads it there saves them, and has each looked at.
    package func send(to address: EmailAddress, within limit: Duration) async -> [Doctor.Finding] {
        await beside { store, keyring in
            let sent = try await send(to: address, store, keyring, within: limit)
            return sent.map { mail in
                mail.objection
                    ?? Doctor.Finding(
                        "sent", .well,
                        "\(mail.name): taken for \(address.wire); save it there as it came, then: courantd doctor mail FILE.eml"
                    )
            }
        }
    }

    /// To ourselves, and back. `limit`: how long is waited for the relay, and then for what it has taken to come.
    package func goRound(within limit: Duration) async -> [Doctor.Finding] {
        guard settings.mailBounceDomain != nil, settings.hasDoor else {
            return [
                Doctor.Finding(
                    "door", .wrong,
                    "nothing that is sent to us is read: set mail.bounce-domain and bounces.lmtp or bounces.mailbox, or send it to "
                        + "a mailbox of yours: courantd doctor mail --to ADDRESS")
            ]
        }
        guard (try? settings.store.isServed()) == true else {
            return [
                Doctor.Finding(
                    "service", .wrong, "no service runs that would take what comes back: start courantd serve")
            ]
        }
        return await beside { store, keyring in
            let sent = try await send(to: nil, store, keyring, within: limit)
            let arrivals = try await arrivals(of: sent.filter { $0.objection == nil }, store, within: limit)
            try await store.write { tx in for mail in sent { try tx.deleteProbe(mail.probe.id) } }
            var findings: [Doctor.Finding] = []
            for mail in sent {
                findings += await self.findings(of: mail, arrivals[mail.probe.id], within: limit)
            }
            return findings
        }
    }

    private func beside(
        _ work: (any ServedStore, Keyring) async throws -> [Doctor.Finding]
    ) async -> [Doctor.Finding] {
        do {
            guard try settings.hasDatabase() else {
                return [Doctor.Finding("store", .wrong, "there is no database yet: start courantd serve once")]
            }
            let (store, keyring) = try Courant.beside(settings)
            defer { try? store.close() }
            return try await work(store, keyring)
        } catch let error as StoreFailure {
            return [Doctor.Finding("store", .wrong, "The store cannot be used: \(error.advice).")]
        } catch {
            return [Doctor.Finding("probe", .wrong, "\(error)")]
        }
    }

    // MARK: Sending

    private struct SentProbe: Sendable {
        let probe: Probe
        let name: String
        let acceptedAt: ContinuousClock.Instant
        /// Why it is not under way.
        let objection: Doctor.Finding?
    }

    private func send(
        to address: EmailAddress?, _ store: any ServedStore, _ keyring: Keyring, within limit: Duration
    ) async throws -> [SentProbe] {
        let signer = try settings.signer()
        let renderer = MailRenderer(
            templates: try Courant.templates(settings), publisher: settings.publisher, keyring: keyring,
            parties: settings.parties, signer: signer)
        let lists = try await store.read { try $0.lists() }
        var sent: [SentProbe] = []
        for relay in settings.relays {
            let now = Date()
            let probes = try await renderer.probes(to: address, lists: lists, at: now, store: store)
                .map { probe in signer.map { probe.carrying($0.signed(probe.mail.content, at: now)) } ?? probe }
            if address == nil {
                try await store.write { tx in for probe in probes { try tx.insertProbe(probe.id, at: now) } }
            }
            progress("\(relay.address): sending \(probes.count) mails")
            sent += await hand(probes, to: relay, within: limit)
        }
        return sent
    }

    /// One after the other, so that a verdict is its mail's.
    private func hand(
        _ probes: [Probe], to configuration: SMTPRelay.Configuration, within limit: Duration
    ) async -> [SentProbe] {
        let relay = SMTPRelay(configuration: configuration)
        let way = settings.relays.count > 1 ? " through \(configuration.address)" : ""
        let patience = Task {
            try await Task.sleep(for: limit)
            await relay.stop(within: .zero)
        }
        var sent: [SentProbe] = []
        for probe in probes {
            let verdict = await relay.verdict(of: probe.mail)
            let name = probe.kind + way
            sent.append(
                SentProbe(
                    probe: probe, name: name, acceptedAt: .now, objection: objection(verdict, to: name, within: limit)))
        }
        patience.cancel()
        await relay.stop(within: .seconds(5))
        return sent
    }

    private func objection(_ verdict: Verdict, to name: String, within limit: Duration) -> Doctor.Finding? {
        let words: String
        switch verdict {
        case .accepted: return nil
        case .refused(let reply): words = "the relay refuses it: \(reply.spoken)"
        case .later(let reply): words = "the relay puts it off: \(reply.spoken); try again later"
        case .unsent(.stopping): words = "the relay did not take it within \(limit.inWords): courantd doctor says why"
        case .unsent(let failure): words = failure.plainWords
        case .inDoubt: words = "the relay hung up before it answered: try again"
        case .withdrawn, .recalled: words = "it was not sent"
        }
        return Doctor.Finding("sent", .wrong, "\(name): \(words)")
    }

    // MARK: Coming back

    private struct Arrival: Sendable {
        let mail: Data
        let after: Duration
    }

    private static let pause: Duration = .milliseconds(250)

    private func arrivals(
        of sent: [SentProbe], _ store: any ServedStore, within limit: Duration
    ) async throws -> [SubscriptionID: Arrival] {
        guard let last = sent.map(\.acceptedAt).max() else { return [:] }
        progress("waiting for \(sent.count) mails to come back")
        var arrivals: [SubscriptionID: Arrival] = [:]
        while true {
            let missing = sent.filter { arrivals[$0.probe.id] == nil }
            let come = try await store.read { tx in
                try missing.compactMap { mail in try tx.probe(mail.probe.id).map { (mail, $0) } }
            }
            for (mail, content) in come {
                arrivals[mail.probe.id] = Arrival(mail: content, after: .now - mail.acceptedAt)
            }
            if arrivals.count == sent.count || .now >= last + limit { return arrivals }
            try await Task.sleep(for: Self.pause)
        }
    }

    private func findings(
        of mail: SentProbe, _ arrival: Arrival?, within limit: Duration
    ) async -> [Doctor.Finding] {
        if let objection = mail.objection { return [objection] }
        guard let arrival else {
            return [
                Doctor.Finding(
                    "arrived", .wrong,
                    "\(mail.name): not within \(limit.inWords). Look for it in the relay's log and in that of the mail server for "
                        + "\(settings.mailBounceDomain ?? "the bounce domain"): does it hand everything for that domain on? A relay that "
                        + "takes its time: --within SECONDS")
            ]
        }
        let report = Report(Array(arrival.mail))
        guard report.kind == .reply else {
            return [
                Doctor.Finding(
                    "arrived", .wrong,
                    "\(mail.name): it came back as a bounce, \(report.status): \(RefusalCause.meaning(of: report.status))"
                )
            ]
        }
        let examination = MailExamination(arrival.mail, sent: mail.probe.mail, resolver: resolver)
        let findings = [Doctor.Finding("arrived", .well, "after \(arrival.after.inWords)")] + (await examination.look())
        return findings.map { Doctor.Finding($0.subject, $0.verdict, "\(mail.name): \($0.words)", record: $0.record) }
    }
}

extension SMTPRelay {
    fileprivate func verdict(of mail: OutgoingMail) async -> Verdict {
        await withCheckedContinuation { continuation in
            send([mail], sendGuard: SendGuard()) { settled in
                if let verdict = settled.first?.verdict { continuation.resume(returning: verdict) }
            }
        }
    }
}
