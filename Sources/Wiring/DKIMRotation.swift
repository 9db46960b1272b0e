package import DKIM
package import DNS
package import Foundation
import Newsletter

/// What is done to the keys that sign mail, one step at a time: between the steps of a rotation the world has to take notice.
package struct DKIMRotation: Sendable {
    package enum Step: Sendable {
        /// A key was made that signs from the next start on.
        case made(DKIMKey, isOn: Bool)
        /// A key was made that will take the other's place.
        case begun(DKIMKey, switchAt: Date)
        /// It is too early.
        case waiting(DKIMKey, until: Date)
        /// What is published is not what should be.
        case unpublished(DKIMKey, words: String)
        /// The new key signs from the next start on; the old one's record is kept until then.
        case switched(to: DKIMKey, old: String, keepUntil: Date)
    }

    private let folder: DKIMFolder
    private let owner: String
    private let isOn: Bool
    private let resolver: any Resolver

    package init(_ settings: Settings, resolver: any Resolver = SystemResolver()) {
        (folder, owner) = (settings.dkimFolder, settings.keysFile)
        (isOn, self.resolver) = (settings.dkimKeys != nil, resolver)
    }

    /// The first of its kind for a domain.
    package func make(
        _ algorithm: DKIMKey.Algorithm, for domain: String, selector: String?, at now: Date
    ) throws(StartFailure) -> Step {
        for entry in try folder.entries() where entry.domain == domain && entry.state == .signs {
            guard try folder.key(entry).algorithm != algorithm else {
                throw .signing(
                    "\(domain) has such a key already, \(entry.selector): courantd dkim rotate \(domain) gives it another."
                )
            }
        }
        let key = try key(algorithm, domain, selector, at: now)
        _ = try folder.add(key, as: .signs, ownedAs: owner)
        return .made(key, isOn: isOn)
    }

    /// The next step of giving a domain another key. `hastily`: whatever DNS says, and however short the wait was.
    package func rotate(
        _ domain: String, _ algorithm: DKIMKey.Algorithm, selector: String?, hastily: Bool, at now: Date
    ) async throws(StartFailure) -> Step {
        let all = try folder.entries().filter { $0.domain == domain }
        guard let old = try entry(among: all, .signs, algorithm) else {
            throw .signing("\(domain) has no such key: courantd dkim new \(domain) makes one.")
        }
        guard let next = try entry(among: all, .next, algorithm) else {
            return try begin(after: old, among: all, algorithm, selector, at: now)
        }
        let key = try folder.key(next)
        let ripe = next.since + DKIMFolder.wait
        if !hastily {
            if let words = await fault(of: key) { return .unpublished(key, words: words) }
            guard now >= ripe else { return .waiting(key, until: ripe) }
        }
        try folder.replace(old, by: next)
        return .switched(to: key, old: old.recordName, keepUntil: now + DKIMFolder.keep)
    }

    private func entry(
        among all: [DKIMFolder.Entry], _ state: DKIMFolder.State, _ algorithm: DKIMKey.Algorithm
    ) throws(StartFailure) -> DKIMFolder.Entry? {
        for entry in all where entry.state == state {
            if try folder.key(entry).algorithm == algorithm { return entry }
        }
        return nil
    }

    private func begin(
        after old: DKIMFolder.Entry, among all: [DKIMFolder.Entry], _ algorithm: DKIMKey.Algorithm, _ selector: String?,
        at now: Date
    ) throws(StartFailure) -> Step {
        for entry in all where entry.state == .retired && entry.since + DKIMFolder.keep < now { folder.forget(entry) }
        let key = try key(algorithm, old.domain, selector, at: now)
        let next = try folder.add(key, as: .next, ownedAs: owner)
        return .begun(key, switchAt: next.since + DKIMFolder.wait)
    }

    /// A selector that none has had: the day, and a letter where there is one of that day already.
    private func key(
        _ algorithm: DKIMKey.Algorithm, _ domain: String, _ selector: String?, at now: Date
    ) throws(StartFailure) -> DKIMKey {
        let used = Set(try folder.entries().filter { $0.domain == domain }.map(\.selector))
        let day = "courant-" + now.day.replacing("-", with: "")
        let names = [day] + "bcdefghijklmnopqrstuvwxyz".map { "\(day)\($0)" }
        guard let name = selector ?? names.first(where: { !used.contains($0) }), !used.contains(name) else {
            throw .signing("\(selector ?? day) is taken for \(domain): name another with --selector.")
        }
        guard let key = DKIMKey(new: algorithm, domain: domain, selector: name) else {
            throw .signing("This machine has no randomness for a key just now: try again.")
        }
        return key
    }

    private func fault(of key: DKIMKey) async -> String? {
        let answer = await resolver.ask(key.recordName, .text)
        if answer.isUnknown { return "no name server answers this machine about \(key.recordName)" }
        let finding = MailDNS.signature(key, answer)
        return finding.verdict == .wrong ? finding.words : nil
    }
}
