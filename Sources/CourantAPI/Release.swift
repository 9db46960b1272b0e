/// The version that service and client carry; both come from one source tree.
package enum Release {
    package static let version = "0.1.0"
}
