using System.Reflection;

namespace Snapback.Control.Sharing.Fleet;

/// <summary>The Lua scripts, embedded as files. Redis runs each of them as one step.</summary>
internal static class Script
{
    public static readonly string Commit = Read("outbox") + Read("plans") + Read("tokens") + Read("commit");
    public static readonly string Prove = Read("outbox") + Read("plans") + Read("tokens") + Read("prove");
    public static readonly string Join = Read("outbox") + Read("plans") + Read("join");
    public static readonly string Delete = Read("plans") + Read("tokens") + Read("delete");
    public static readonly string Fate = Read("tokens") + Read("fate");
    public static readonly string Beat = Read("heal") + Read("beat");
    public static readonly string Last = Read("heal") + Read("last");
    public static readonly string Names = Read("heal") + Read("names");
    public static readonly string Load = Read("load");
    public static readonly string Put = Read("outbox") + Read("put");
    public static readonly string Append = Read("outbox") + Read("append");
    public static readonly string Recall = Read("recall");
    public static readonly string Claim = Read("claim");
    public static readonly string Counts = Read("outbox") + Read("counts");
    public static readonly string Settle = Read("settle");
    public static readonly string Told = Read("outbox") + Read("told");

    private static string Read(string name)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream($"{name}.lua")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
