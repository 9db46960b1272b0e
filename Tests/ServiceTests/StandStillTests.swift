import Newsletter
import Testing

@Suite struct StandStillTests {
    private struct Secret: Error { let address = "ann@example.org" }

    @Test func `what fails each second is told once in words, and once when it is over`() {
        let log = LogLines()
        var schedule = StandStill(of: "the schedule")
        for _ in 1...3 { schedule.begins(StoreFailure.unavailable("the disk is full: make room"), log.logger) }
        #expect(log.text == "error the schedule stands still cause=the disk is full: make room")
        for _ in 1...3 { schedule.isOver(log.logger) }
        #expect(log.text.hasSuffix("\nnotice the schedule goes on "))
        schedule.begins(Secret(), log.logger)
        #expect(log.text.hasSuffix("stands still cause=Secret"))
    }
}
