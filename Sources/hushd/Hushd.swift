import Pipeline

@main struct Hushd { static func main() { _ = Settings() } }
