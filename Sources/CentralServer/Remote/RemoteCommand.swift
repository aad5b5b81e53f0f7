import ArgumentParser
import CentralStore

/// A command that staff may call from elsewhere. What is not one is refused there, so a new command is not open by oversight.
protocol RemoteCommand: AsyncParsableCommand {
    /// What an account has to be entitled to.
    var permission: StaffPermission { get }
}

extension StatusCommand: RemoteCommand { var permission: StaffPermission { .overview } }
extension ClientCommand.List: RemoteCommand { var permission: StaffPermission { .overview } }
extension PromotionCommand.List: RemoteCommand { var permission: StaffPermission { .overview } }
extension PromotionCommand.Put: RemoteCommand { var permission: StaffPermission { .promotions } }
extension StationCommand.List: RemoteCommand { var permission: StaffPermission { .overview } }
extension StationCommand.Assign: RemoteCommand { var permission: StaffPermission { .stations } }
extension StationCommand.Revoke: RemoteCommand { var permission: StaffPermission { .stations } }
extension StationInviteCommand: RemoteCommand { var permission: StaffPermission { .stations } }
extension EntryCommand.List: RemoteCommand { var permission: StaffPermission { .overview } }
extension EntryShowCommand: RemoteCommand { var permission: StaffPermission { .personal } }
extension EntryExportCommand: RemoteCommand { var permission: StaffPermission { .personal } }
extension ConflictCommand.List: RemoteCommand { var permission: StaffPermission { showsValues ? .personal : .overview } }
extension ConflictCommand.Resolve: RemoteCommand { var permission: StaffPermission { .decisions } }
extension QuarantineCommand.List: RemoteCommand { var permission: StaffPermission { .overview } }
extension QuarantineCommand.Release: RemoteCommand { var permission: StaffPermission { .decisions } }
extension QuarantineCommand.Reject: RemoteCommand { var permission: StaffPermission { .decisions } }
extension QuarantineCommand.ByStation: RemoteCommand { var permission: StaffPermission { .decisions } }
extension ReadsCommand.List: RemoteCommand { var permission: StaffPermission { .reads } }
