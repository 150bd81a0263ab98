private import CPAM
private import Glibc
internal import GatehouseCore

/// One exchange with the modules of a service; blocks, and belongs to one thread.
struct PAMExchange {
    private let settings: PAMSettings
    private let backend: BackendName

    init(_ settings: PAMSettings, _ backend: BackendName) {
        self.settings = settings
        self.backend = backend
    }

    /// The person, or `nil` if the modules or the rules of the settings say no.
    func identity(_ login: PAMLogin) throws(BackendError) -> Identity? {
        try checkService()
        // Accounts that may never come in are not even tried: nobody locks them by guessing.
        if let account = try SystemAccount(named: login.name), !isAllowed(account) { return nil }
        guard let name = try canonicalName(login) else { return nil }
        guard let text = UTF8Text(validating: name), !name.isEmpty else {
            throw .unavailable(reason: "the name that PAM gave is no UTF-8")
        }
        let user = UserReference(backend: backend, id: text)
        guard let account = try SystemAccount(named: name) else {
            return settings.requiresAccount ? nil : Identity(user: user, name: UserName(text))
        }
        guard isAllowed(account) else { return nil }
        return Identity(
            user: user, name: UserName(text), displayName: account.displayName, groups: try account.groups())
    }

    private func isAllowed(_ account: SystemAccount) -> Bool {
        account.userID == 0 ? settings.allowsRoot : account.userID >= settings.minUserID
    }

    /// Without a file of its own a service would be judged by the rules of `other`.
    private func checkService() throws(BackendError) {
        guard PAMSettings.isService(settings.service) else { throw .unavailable(reason: "no such PAM service") }
        let folders = settings.folder.map { [$0] } ?? ["/etc/pam.d", "/usr/lib/pam.d"]
        guard folders.contains(where: { unsafe access("\($0)/\(settings.service)", R_OK) == 0 }) else {
            throw .unavailable(reason: "the PAM service \(settings.service) has no readable file in \(folders[0])")
        }
    }

    /// The name that the modules agreed on, or `nil` after a clear no.
    private func canonicalName(_ login: PAMLogin) throws(BackendError) -> [UInt8]? {
        guard let library = unsafe gatehouse_libpam_open() else {
            throw .unavailable(reason: PAMBackend.libraryMissing)
        }
        let name = CText(login.name)
        let password = login.password.map { CText($0.bytes) }
        let client = login.client.map { CText(Array($0.utf8)) }
        // The modules read them until the handle is gone.
        defer { withExtendedLifetime((name, password, client)) {} }
        let talk = UnsafeMutablePointer<gatehouse_pam_talk>.allocate(capacity: 1)
        unsafe talk.initialize(to: gatehouse_pam_talk())
        defer { unsafe talk.deallocate() }
        unsafe talk.pointee.name = name.start
        if let password { unsafe talk.pointee.password = password.start }
        var handle: OpaquePointer?
        let started = unsafe gatehouse_pam_begin(library, settings.service, settings.folder, talk, &handle)
        guard started == PAM_SUCCESS, let handle = unsafe handle else {
            throw .unavailable(reason: "PAM could not begin: code \(started)")
        }
        var result = PAM_SUCCESS
        defer { _ = unsafe library.pointee.end(handle, result) }
        if let client { result = unsafe library.pointee.setItem(handle, PAM_RHOST, client.start) }
        if result == PAM_SUCCESS, password != nil {
            login.onUse(.compared)
            result = unsafe library.pointee.authenticate(handle, PAMExchange.flags)
        }
        // A module that wanted more than the password cannot have said anything about it.
        guard unsafe !talk.pointee.isOverasked else {
            throw .unavailable(reason: "a PAM module asks for more than a password")
        }
        if result == PAM_SUCCESS { result = unsafe library.pointee.acctMgmt(handle, PAMExchange.flags) }
        guard result == PAM_SUCCESS else {
            if PAMExchange.clearNo.contains(result) { return nil }
            throw .unavailable(reason: "PAM answers with code \(result)")
        }
        var item: UnsafeRawPointer?
        guard unsafe library.pointee.getItem(handle, PAM_USER, &item) == PAM_SUCCESS, let item = unsafe item else {
            throw .unavailable(reason: "PAM does not say who it was")
        }
        return unsafe PAMExchange.octets(item.assumingMemoryBound(to: CChar.self))
    }

    /// Nothing for a terminal, and no empty passwords.
    private static let flags = Int32(bitPattern: PAM_SILENT | PAM_DISALLOW_NULL_AUTHTOK)

    /// Codes that say something about the person and not about the system.
    private static let clearNo: Set<Int32> = [
        PAM_AUTH_ERR, PAM_USER_UNKNOWN, PAM_MAXTRIES, PAM_ACCT_EXPIRED, PAM_PERM_DENIED, PAM_NEW_AUTHTOK_REQD,
        PAM_AUTHTOK_EXPIRED, PAM_CRED_EXPIRED,
    ]

    private static func octets(_ text: UnsafePointer<CChar>) -> [UInt8] {
        unsafe (0..<strlen(text)).map { UInt8(bitPattern: unsafe text[$0]) }
    }
}

/// Text for C that is wiped when it is no longer needed.
@safe private final class CText {
    private let pointer: UnsafeMutablePointer<CChar>
    private let count: Int

    /// Points into this object: keep it alive.
    var start: UnsafePointer<CChar> { unsafe UnsafePointer(pointer) }

    /// Takes octets without a zero among them.
    init(_ octets: [UInt8]) {
        count = octets.count + 1
        unsafe pointer = .allocate(capacity: count)
        unsafe pointer.initialize(repeating: 0, count: count)
        for (index, octet) in octets.enumerated() { unsafe pointer[index] = CChar(bitPattern: octet) }
    }

    deinit {
        unsafe explicit_bzero(pointer, count)
        unsafe pointer.deallocate()
    }
}
