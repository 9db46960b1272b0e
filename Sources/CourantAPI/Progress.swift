/// Where each recipient stands. `recipients` = all the others together; nobody is missing.
package struct ProgressInfo: Codable, Sendable, Equatable {
    /// Those the campaign has met so far plus those still before it.
    package var recipients: Int
    /// Not yet tried.
    package var left: Int
    /// The relay took responsibility.
    package var accepted: Int
    /// Put off by the relay; tried again on the schedule.
    package var deferred: Int
    package var refused: Int
    /// Deferred until the schedule's end.
    package var expired: Int
    /// Unsubscribed, or restricted, before their mail.
    package var withdrawn: Int
    /// Handed over, the answer lost: a person decides.
    package var inDoubt: Int

    package init(
        recipients: Int, left: Int, accepted: Int, deferred: Int, refused: Int, expired: Int, withdrawn: Int,
        inDoubt: Int
    ) {
        self.recipients = recipients
        self.left = left
        self.accepted = accepted
        self.deferred = deferred
        self.refused = refused
        self.expired = expired
        self.withdrawn = withdrawn
        self.inDoubt = inDoubt
    }
}
