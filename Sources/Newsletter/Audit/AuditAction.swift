/// What is written down. The words are stable: they stand in audits for years.
package enum AuditAction: String, Sendable, CaseIterable {
    case createList = "list.create"
    case editList = "list.edit"
    case closeList = "list.close"
    case createCampaign = "campaign.create"
    case planCampaign = "campaign.plan"
    case testCampaign = "campaign.test"
    case approveCampaign = "campaign.approve"
    case sendCampaign = "campaign.send"
    case pauseCampaign = "campaign.pause"
    case resumeCampaign = "campaign.resume"
    case cancelCampaign = "campaign.cancel"
    case retryCampaign = "campaign.retry"
    case addStaff = "staff.add"
    case findSubscriber = "subscriber.find"
    case exportSubscriber = "subscriber.export"
    case rectifySubscriber = "subscriber.rectify"
    case restrictSubscriber = "subscriber.restrict"
    case unrestrictSubscriber = "subscriber.unrestrict"
    case objectSubscriber = "subscriber.object"
    case eraseSubscriber = "subscriber.erase"
    case forgiveSubscriber = "subscriber.forgive"
    case openRequest = "request.open"
    case extendRequest = "request.extend"
    case closeRequest = "request.close"
    case writeBackup = "backup.write"
    case restoreBackup = "backup.restore"
    case rotateKeys = "keys.rotate"
    case publishPolicy = "policy.publish"
    case notifyPolicy = "policy.notify"
    case renewStaff = "staff.renew"
    case revokeStaff = "staff.revoke"
    case reviewStaff = "staff.review"
}

extension AuditAction {
    /// `pause` of `campaign.pause`.
    var verb: String { rawValue.split(separator: ".").last.map(String.init) ?? rawValue }
}
