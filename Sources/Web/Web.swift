package import Hummingbird
import Newsletter
import Rendering

/// The HTTP side of Courant: a door to the domain's verbs.
///
/// A request passes the access log, gets its headers and its language, and reaches a route that decodes, calls one verb and
/// encodes. What a verb refuses is thrown as it is; `ErrorResponses` alone turns it into an answer, a page for a browser
/// and a problem for a program. GET and HEAD change nothing, no page sets a cookie, and no log line holds a path: paths
/// hold tokens.
package func buildRouter(_ doors: Doors) -> Router<WebContext> {
    // The paths are needed before the routes, for a path that exists answers another method with 405 and not 404.
    let sketch = Router(context: WebContext.self)
    addRoutes(doors, to: sketch)
    let router = Router(context: WebContext.self, options: .autoGenerateHeadEndpoints)
    router.add(middleware: AccessLog())
    router.add(middleware: ProxyWatch(doors.site))
    router.add(middleware: SecurityHeaders(isEncrypted: doors.site.isEncrypted))
    router.add(middleware: LanguageChoice(languages: doors.templates.languages))
    router.add(middleware: Sharing(origins: doors.site.allowedOrigins))
    router.add(middleware: ErrorResponses(pages: Pages(doors), paths: Paths(sketch.routes)))
    router.add(middleware: RequestBounds())
    addRoutes(doors, to: router)
    return router
}

private func addRoutes(_ doors: Doors, to router: Router<WebContext>) {
    let pages = Pages(doors)
    SubscriptionRoutes(doors: doors, pages: pages).add(to: router)
    ChallengeRoutes(captcha: doors.captcha, clock: doors.clock).add(to: router)
    ConfirmationRoutes(subscriptions: doors.subscriptions, pages: pages).add(to: router)
    CodeRoutes(doors: doors, pages: pages).add(to: router)
    UnsubscribeRoutes(subscriptions: doors.subscriptions, pages: pages).add(to: router)
    PrivacyRoutes(doors: doors, pages: pages).add(to: router)
    HeldRoutes(doors: doors, pages: pages).add(to: router)
    AddressRoutes(rights: doors.rights, pages: pages).add(to: router)
    KeepRoutes(retention: doors.retention, pages: pages).add(to: router)
    PolicyRoutes(policies: doors.policies, pages: pages).add(to: router)
    EmbedRoutes(doors).add(to: router)
    AssetRoutes(assets: doors.templates.assets).add(to: router)
    HealthRoutes(readiness: doors.readiness).add(to: router)
    let staff = StaffDoor(staff: doors.staff, site: doors.site, router: router)
    StaffRoutes(staff: doors.staff, clock: doors.clock, site: doors.site, health: doors.health).add(to: staff)
    AuditRoutes(audit: doors.audit).add(to: staff)
    SubscriberRoutes(rights: doors.rights, clock: doors.clock).add(to: staff)
    ConsentRoutes(consents: doors.consents).add(to: staff)
    RequestRoutes(rights: doors.rights, clock: doors.clock).add(to: staff)
    ListRoutes(lists: doors.lists, site: doors.site).add(to: staff)
    CampaignRoutes(campaigns: doors.campaigns, health: doors.health).add(to: staff)
    CampaignEvents(campaigns: doors.campaigns).add(to: staff)
    RetentionRoutes(retention: doors.retention).add(to: staff)
    BounceRoutes(bounces: doors.bounces).add(to: staff)
    ImportRoutes(imports: doors.imports).add(to: staff)
    UploadRoutes(imports: doors.imports).add(to: staff)
    BlockRoutes(blocks: doors.blocks).add(to: staff)
    ListExportRoutes(export: doors.export).add(to: staff)
    PolicyDesk(policies: doors.policies).add(to: staff)
}
