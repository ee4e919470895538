import Testing

@testable import hushd
