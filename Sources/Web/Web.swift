package import Hummingbird
import Newsletter
import Rendering

/// The HTTP side of Courant: a door to the domain's verbs.
///
/// A request passes the access log, gets its headers and its language, and reaches a route that decodes, calls one verb and
/// encodes. What a verb refuses is thrown as it is; `ErrorResponses` alone turns it into an answer, a page for a browser
/// and a problem for a program. GET and HEAD change nothing, no page sets a cookie, and no log line holds a path: paths
/// hold tokens.
package func buildRouter(_ services: WebServices) -> Router<WebContext> {
    // The paths are needed before the routes, for a path that exists answers another method with 405 and not 404.
    let sketch = Router(context: WebContext.self)
    addRoutes(services, to: sketch)
    let router = Router(context: WebContext.self, options: .autoGenerateHeadEndpoints)
    router.add(middleware: AccessLog())
    router.add(middleware: ProxyWatch(services.site))
    router.add(middleware: SecurityHeaders(isEncrypted: services.site.isEncrypted))
    router.add(middleware: LanguageChoice(languages: services.templates.languages))
    router.add(middleware: CORS(origins: services.site.allowedOrigins))
    router.add(middleware: ErrorResponses(pages: Pages(services), paths: Paths(sketch.routes)))
    router.add(middleware: RequestBounds())
    addRoutes(services, to: router)
    return router
}

private func addRoutes(_ services: WebServices, to router: Router<WebContext>) {
    let pages = Pages(services)
    SubscriptionRoutes(services: services, pages: pages).add(to: router)
    ChallengeRoutes(captcha: services.captcha, clock: services.clock).add(to: router)
    ConfirmationRoutes(subscriptions: services.subscriptions, pages: pages).add(to: router)
    CodeRoutes(services: services, pages: pages).add(to: router)
    UnsubscribeRoutes(subscriptions: services.subscriptions, pages: pages).add(to: router)
    PrivacyRoutes(services: services, pages: pages).add(to: router)
    PersonalDataRoutes(services: services, pages: pages).add(to: router)
    AddressRoutes(rights: services.rights, pages: pages).add(to: router)
    KeepRoutes(retention: services.retention, pages: pages).add(to: router)
    PolicyRoutes(policies: services.policies, pages: pages).add(to: router)
    EmbedRoutes(services).add(to: router)
    AssetRoutes(assets: services.templates.assets).add(to: router)
    HookRoutes(services).add(to: router)
    HealthRoutes(readiness: services.readiness).add(to: router)
    let staff = StaffRouter(staff: services.staff, site: services.site, router: router)
    StaffRoutes(staff: services.staff, clock: services.clock, site: services.site, health: services.health).add(
        to: staff)
    AuditRoutes(audit: services.audit).add(to: staff)
    SubscriberRoutes(rights: services.rights, clock: services.clock).add(to: staff)
    IntegrationRoutes(services: services, pages: pages).add(to: staff)
    ConsentRoutes(consents: services.consents).add(to: staff)
    RequestRoutes(rights: services.rights, clock: services.clock).add(to: staff)
    ListRoutes(lists: services.lists, site: services.site).add(to: staff)
    CampaignRoutes(campaigns: services.campaigns, health: services.health, clock: services.clock).add(to: staff)
    CampaignEvents(campaigns: services.campaigns, health: services.health, clock: services.clock).add(to: staff)
    RetentionRoutes(retention: services.retention).add(to: staff)
    BounceRoutes(bounces: services.bounces).add(to: staff)
    ImportRoutes(imports: services.imports).add(to: staff)
    UploadRoutes(imports: services.imports).add(to: staff)
    BlockRoutes(blocks: services.blocks).add(to: staff)
    ListExportRoutes(export: services.export).add(to: staff)
    PolicyVersionRoutes(policies: services.policies).add(to: staff)
}
