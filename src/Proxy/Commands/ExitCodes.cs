namespace Snapback.Proxy.Commands;

/// <summary>What a client verb tells the script that called it.</summary>
internal static class ExitCodes
{
    public const int Done = 0;

    /// <summary>A wait for one end of a rollout (promoted, rolled back) saw the other one.</summary>
    public const int OtherEnd = 2;

    /// <summary>The admin side understood and said no.</summary>
    public const int Refused = 3;

    /// <summary>A wait ran out of time; shares its number with a refusal, since nothing was reached either way.</summary>
    public const int TimedOut = 3;

    /// <summary>No answer from the admin side, or none from the store to it: nobody knows whether anything moved.</summary>
    public const int Unreachable = 4;

    /// <summary>EX_CONFIG of sysexits.h.</summary>
    public const int Configuration = 78;

    /// <summary>EX_USAGE of sysexits.h; no verb has it as a code of its own.</summary>
    public const int Usage = 64;

    /// <summary>EX_SOFTWARE of sysexits.h: an exception that no verb expects.</summary>
    public const int Defect = 70;

    /// <summary>EX_IOERR of sysexits.h: the command ran, and its output could not be written.</summary>
    public const int Output = 74;

    /// <summary>128 + SIGINT, as shells report it.</summary>
    public const int Interrupted = 130;
}
