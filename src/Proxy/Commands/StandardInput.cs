namespace Snapback.Proxy.Commands;

/// <summary>
/// Where it was closed (<c>&lt;&amp;-</c>), its number is by now that of a pipe of the runtime's own, and a read would wait for ever.
/// </summary>
internal static class StandardInput
{
    /// <summary>Close-on-exec: a process is started with nothing that has it, and the runtime opens nothing without it.</summary>
    private const int OpenedSince = 0x80000;

    private static readonly bool WasClosed = Look();

    /// <summary>Empty if it was closed.</summary>
    public static Stream Open() => WasClosed ? Stream.Null : Console.OpenStandardInput();

    private static bool Look()
    {
        const string flags = "flags:";
        try
        {
            return OperatingSystem.IsLinux()
                && File.ReadLines("/proc/self/fdinfo/0").FirstOrDefault(line => line.StartsWith(flags, StringComparison.Ordinal)) is { } line
                && (Convert.ToInt32(line[flags.Length..].Trim(), fromBase: 8) & OpenedSince) != 0;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Without /proc nobody says.
            return false;
        }
    }
}
