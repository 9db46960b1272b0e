import HTTPTypes
import Hummingbird

/// The routes' paths, to tell one that does not exist from one that was asked with the wrong method.
struct Paths: Sendable {
    private let methods: [[String]: [HTTPRequest.Method]]

    init(_ routes: [Router<WebContext>.RouteDescription]) {
        var methods: [[String]: [HTTPRequest.Method]] = [:]
        for route in routes {
            let pattern = Self.segments(route.path.description)
            methods[pattern, default: []].append(route.method)
            if route.method == .get { methods[pattern, default: []].append(.head) }
        }
        self.methods = methods
    }

    /// In the order in which `Allow` lists them; empty where there is no such path.
    func methods(at path: String) -> [HTTPRequest.Method] {
        let segments = Self.segments(path)
        let fitting = methods.filter { Self.fits(segments, $0.key) }
        guard !fitting.isEmpty else { return [] }
        return Set(fitting.values.flatMap { $0 } + [.options]).sorted { $0.rawValue < $1.rawValue }
    }

    static func list(_ methods: [HTTPRequest.Method]) -> String {
        methods.map(\.rawValue).joined(separator: ", ")
    }

    private static func segments(_ path: String) -> [String] {
        path.utf8.split(separator: UInt8(ascii: "/")).map { String(decoding: $0, as: UTF8.self) }
    }

    private static func fits(_ segments: [String], _ pattern: [String]) -> Bool {
        segments.count == pattern.count
            && zip(segments, pattern).allSatisfy {
                $1.utf8.first == UInt8(ascii: "{") || $0.utf8.elementsEqual($1.utf8)
            }
    }
}
