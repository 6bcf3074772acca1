namespace Snapback.Proxy.Forwarding;

/// <summary>The headers between Snapback and the arms.</summary>
internal static class OwnHeaders
{
    /// <summary>Every header of ours begins with it.</summary>
    public const string Prefix = "x-snapback-";

    private static readonly object Present = new();

    /// <summary>Marks a request that came with at least one such header. Nearly none does, and only marked ones are searched for each of them.</summary>
    public static void MarkPresent(HttpContext context) => context.Features[typeof(OwnHeaders)] = Present;

    public static bool ArePresent(HttpContext context) => context.Features[typeof(OwnHeaders)] is not null;

    /// <summary>
    /// Of a name that <see cref="StartsWith"/> our prefix: it is written with '_', so that only a server which turns '-' and '_' into the same
    /// letter (CGI, WSGI, Rack) would read it as one of ours.
    /// </summary>
    public static bool IsAmbiguous(string name) => name.Contains('_', StringComparison.Ordinal);

    /// <summary>Compares without case, and with '_' as '-'.</summary>
    /// <param name="other">In lower case, with '-'.</param>
    public static bool Is(string name, string other) => name.Length == other.Length && StartsWith(name, other);

    /// <summary>Compares without case, and with '_' as '-'.</summary>
    /// <param name="prefix">In lower case, with '-'.</param>
    public static bool StartsWith(string name, string prefix)
    {
        if (name.Length < prefix.Length)
        {
            return false;
        }

        for (var i = 0; i < prefix.Length; i++)
        {
            var letter = name[i] == '_' ? '-' : char.ToLowerInvariant(name[i]);
            if (letter != prefix[i])
            {
                return false;
            }
        }

        return true;
    }
}
