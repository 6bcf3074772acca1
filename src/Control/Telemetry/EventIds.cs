namespace Snapback.Control;

/// <summary>Log event ids; one per change of state, none per request.</summary>
internal static class EventIds
{
    public const int RolledBack = 1;
    public const int Frozen = 2;
    public const int Untold = 3;
    public const int Commanded = 4;
    public const int SeedDiffers = 6;
    public const int PlanUnreadable = 7;
    public const int HookWaits = 8;
    public const int SwitchChanged = 9;
    public const int AutoRollbackOff = 10;
    public const int SwitchUnreadable = 11;
    public const int LoopFailed = 12;
    public const int CannotAdvance = 13;
    public const int Exonerated = 14;
    public const int SeedRefused = 15;
    public const int Settled = 16;
    public const int Unsettled = 17;
    public const int LeftUntold = 18;
    public const int ToldAtLast = 19;

    public const int KeysTaken = 40;
    public const int KeysUnreadable = 41;
    public const int KeysOpenToOthers = 42;
    public const int OverrideMade = 43;
    public const int FlagFailed = 44;
    public const int FlagStray = 45;
    public const int FlagHidden = 46;
    public const int FlagMisplaced = 47;

    public const int CheckNothing = 48;
    public const int CheckFailed = 49;
    public const int CheckDown = 50;
    public const int CheckBroken = 51;
    public const int Burning = 52;
    public const int NotificationUntold = 53;
    public const int HookUntold = 54;
    public const int Breached = 55;
    public const int DeadlineMissed = 56;
    public const int NewsLeft = 57;
    public const int NewsTooOld = 58;
    public const int NewsFailed = 59;

    public const int StoreUp = 60;
    public const int StoreDown = 61;
    public const int Adopted = 62;
    public const int TakenUp = 63;
    public const int FleetDeleted = 64;
    public const int StartedAlone = 65;
    public const int Rejoined = 66;
    public const int Isolated = 67;
    public const int FleetUnreadable = 68;
    public const int NotJournaled = 69;
    public const int FleetForeign = 70;
    public const int HooksUnusable = 71;
}
