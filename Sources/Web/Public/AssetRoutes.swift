import HTTPTypes
import Hummingbird
import NIOCore
import Rendering

/// `GET /assets/{name}`: style, logo, small scripts, from memory. Browsers keep them for ten minutes and then ask by
/// `ETag` (RFC 9110 §13.1.2).
struct AssetRoutes: Sendable {
    private let assets: [String: (asset: Asset, bytes: ByteBuffer)]

    init(assets: [String: Asset]) {
        // It is nothing before its words are filled in.
        self.assets = assets.filter { $0.key != EmbedRoutes.asset }.mapValues { ($0, ByteBuffer(bytes: $0.bytes)) }
    }

    func add(to router: Router<WebContext>) {
        router.get("/assets/{name}", use: show)
        router.get("/api/openapi.yaml") { request, _ in
            guard let (asset, bytes) = assets["openapi.yaml"] else { throw DoorFailure.notFound }
            return request.answer(asset, bytes)
        }
    }

    @Sendable private func show(_ request: Request, _ context: WebContext) throws -> Response {
        guard let (asset, bytes) = assets[context.parameters.get("name") ?? ""] else { throw DoorFailure.notFound }
        return request.answer(asset, bytes)
    }
}

extension Request {
    func answer(_ asset: Asset, _ bytes: ByteBuffer) -> Response {
        let headers: HTTPFields = [
            .eTag: asset.etag, .cacheControl: "public, max-age=600", .contentType: asset.contentType,
        ]
        guard !has(asset.etag) else { return Response(status: .notModified, headers: headers) }
        return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: bytes))
    }

    /// Weak comparison, as §13.1.2 asks: a proxy may have weakened what we gave out.
    fileprivate func has(_ etag: String) -> Bool {
        headers[values: .ifNoneMatch].joined(separator: ",").utf8.split(separator: UInt8(ascii: ",")).contains { tag in
            let tag = tag.filter { $0 != 0x20 && $0 != 0x09 }
            return tag.elementsEqual("*".utf8) || tag.elementsEqual(etag.utf8) || tag.elementsEqual("W/\(etag)".utf8)
        }
    }
}
