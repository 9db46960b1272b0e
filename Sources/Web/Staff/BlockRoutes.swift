import CourantAPI
import HTTPTypes
import Hummingbird
import Newsletter

/// `/api/v1/blocks`: people of another tool who are never to be written to again.
struct BlockRoutes: Sendable {
    let blocks: Blocks

    func add(to router: StaffRouter) {
        router.on(.post, "blocks", .serveSubscribers, open)
        router.on(.put, "blocks/{id}/parts/{part}", .serveSubscribers) { call in
            let id = try call.id(of: .block)
            let (part, bytes) = try await call.part(of: .block)
            return try .json(PartInfo(await blocks.take(bytes, part: part, of: id, by: call.member.name)))
        }
        router.on(.get, "blocks/{id}", .serveSubscribers) { call in
            let id = try call.id(of: .block)
            let block = try await blocks.show(id)
            guard block.state == .reading else { return try .json(BlockInfo(block)) }
            let (seen, forecast) = try await blocks.look(id, by: call.member.name)
            return try .json(BlockInfo(seen, forecast))
        }
        router.on(.delete, "blocks/{id}", .serveSubscribers) { call in
            try await blocks.abandon(call.id(of: .block), by: call.member)
            return Response(status: .noContent)
        }
        router.on(.post, "blocks/{id}/accept", .serveSubscribers) { call in
            let id = try call.id(of: .block)
            let wish = try await call.body(AcceptBlock.self)
            let accepted = try await blocks.accept(
                id, expecting: wish.expectRows, leaving: wish.expectLeaving, by: call.member)
            return try .json(BlockInfo(accepted), status: .accepted)
        }
    }

    @Sendable private func open(_ call: StaffCall) async throws -> Response {
        let key = try call.idempotencyKey()
        let wish = try await call.body(BlockOrderInfo.self)
        let order = BlockOrder(
            list: try wish.list.map { try Slug(wished: $0) }, source: wish.source, skipsBad: wish.skipBad ?? false)
        let block = try await blocks.open(order, by: call.member.name, key: key)
        return try .json(BlockInfo(block), status: block.state == .reading ? .created : .ok)
    }
}

extension BlockInfo {
    fileprivate init(_ block: Block) {
        let counts = block.counts
        self.init(
            id: String(block.id), list: block.plan.list?.slug.text, state: block.state.rawValue, parts: block.parts,
            rows: counts.rows, duplicates: counts.duplicates, invalid: counts.invalid, known: counts.known,
            blocked: counts.blocked, leaving: counts.leaving)
    }

    fileprivate init(_ block: Block, _ forecast: BlockForecast) {
        self.init(block)
        (known, blocked) = (forecast.known, block.counts.rows - forecast.known)
        (leaving, population, isMany) = (forecast.leaving, forecast.population, forecast.isMany)
    }
}
