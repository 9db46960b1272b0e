import ArgumentParser

struct CampaignCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "campaign",
        abstract: "The steps that `courant send` takes, one at a time.",
        discussion: """
            EXAMPLES:
              id=$(courant campaign create spring.md --list news)
              courant campaign test $id --to me@example.org
              courant campaign plan $id
              courant campaign approve $id --digest DIGEST    (somebody else, where two must agree)
              courant campaign send $id --at "tomorrow 09:00"
              courant campaign status $id --follow

            What has not begun to go out can be changed: edit gives it another text,
            reschedule another time, pause holds it.

            A campaign is a draft, planned, approved, scheduled, sending, paused, sent or cancelled.
            """,
        subcommands: [
            CampaignCreate.self, LintCommand.self, PreviewCommand.self, CampaignTest.self, CampaignPlan.self,
            CampaignApprove.self, CampaignSend.self,
            CampaignEdit.self, CampaignReschedule.self, CampaignPause.self, CampaignResume.self, CampaignCancel.self,
            CampaignStatus.self, CampaignReport.self,
            CampaignRetry.self, CampaignList.self,
        ])
}
