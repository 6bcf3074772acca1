namespace Snapback.Proxy.Forwarding;

/// <summary>The headers between Snapback and the arms.</summary>
internal static class OwnHeaders
{
    /// <summary>Every header of ours begins with it.</summary>
    public const string Prefix = "x-snapback-";

    private static readonly object Claimed = new();

    /// <summary>A client's request has some of these names. Nearly none has, and nobody has to look for each of them then.</summary>
    public static void Claim(HttpContext context) => context.Features[typeof(OwnHeaders)] = Claimed;

    public static bool AreClaimed(HttpContext context) => context.Features[typeof(OwnHeaders)] is not null;

    /// <summary>
    /// Of a name that <see cref="StartsWith"/> our prefix: reads as one of ours to a server that turns '-' and '_' into the same letter (CGI,
    /// WSGI, Rack), and to no other.
    /// </summary>
    public static bool IsTwin(string name) => name.Contains('_', StringComparison.Ordinal);

    /// <summary>Compares without case, and with '_' as '-'.</summary>
    public static bool Is(string name, string other) => name.Length == other.Length && StartsWith(name, other);

    /// <param name="prefix">In lower case.</param>
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
