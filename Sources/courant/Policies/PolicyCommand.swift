import ArgumentParser
import CourantAPI

struct PolicyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "policy",
        abstract: "The published privacy policy, version by version.",
        discussion: """
            EXAMPLES:
              courant policy publish privacy.md --effective 2026-12-01 --material
              courant policy notify
              courant policy ls
            """,
        subcommands: [PolicyPublish.self, PolicyList.self, PolicyNotify.self])
}

extension PoliciesInfo {
    /// The one published last, or the one that was named.
    func newest(_ version: String?) -> PolicyInfo? {
        version.map { version in policies.first { $0.version == version } }
            ?? policies.max { $0.publishedAt < $1.publishedAt }
    }

    func table(_ style: Style) -> Table {
        var table = Table(columns: [
            .text("VERSION"), .text("COUNTS FROM"), .text("STATE"), .text("MATERIAL"), .text("PUBLISHED"),
            .text("NOTICE"),
        ])
        table.rows = policies.map { policy in
            [
                policy.version.printable, policy.effective.printable, policy.state.printable,
                policy.isMaterial ? "yes" : "no", "\(LocalTime(policy.publishedAt))", policy.progress,
            ]
        }
        return table
    }
}

extension PolicyInfo {
    /// `told 118 of 120`
    var progress: String {
        guard let notice else { return "-" }
        let told = "\(notice.progress.accepted.grouped) of \(notice.progress.recipients.grouped)"
        return switch notice.state {
        case "sent": "told \(told)"
        case "sending": "telling, \(told)"
        default: "\(notice.state.printable) at \(told) (campaign \(notice.id.printable))"
        }
    }
}
