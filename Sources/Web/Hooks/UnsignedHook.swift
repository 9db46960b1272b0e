/// A provider that signs nothing: its calls are known by a password or a token, and the tag in what they report does the rest.
protocol UnsignedHook: HookFormat {
    var credentials: HookCredentials { get }

    init(credentials: HookCredentials)

    /// What a call reports: one event, or several in an array, unless its provider wraps them.
    func events(in body: JSONValue) -> [JSONValue]
}

extension UnsignedHook {
    init?(key: String) {
        guard let credentials = HookCredentials(key: key) else { return nil }
        self.init(credentials: credentials)
    }

    func events(in body: JSONValue) -> [JSONValue] { body.items }

    func open(_ call: HookCall) throws(HookFailure) -> OpenedCall {
        try credentials.check(call)
        return OpenedCall(events(in: try JSONValue(call.body)))
    }
}
