using Microsoft.Extensions.Primitives;

namespace Snapback.Proxy.Splitting;

/// <summary>Finds one cookie without parsing the rest: the framework's collection allocates for every cookie of every request.</summary>
internal static class CookieHeader
{
    /// <summary>The first of that name that is not empty: a browser sends the one of the longest path first.</summary>
    public static bool TryFind(StringValues lines, string name, out ReadOnlySpan<char> value)
    {
        foreach (var line in lines)
        {
            var rest = line.AsSpan();
            while (TryTake(ref rest, name, out value))
            {
                if (!value.IsEmpty)
                {
                    return true;
                }
            }
        }

        value = default;
        return false;
    }

    /// <param name="rest">The header, or what an earlier call left of it; afterwards what follows the cookie that was found.</param>
    public static bool TryTake(scoped ref ReadOnlySpan<char> rest, string name, out ReadOnlySpan<char> value)
    {
        while (!rest.IsEmpty)
        {
            var end = rest.IndexOf(';');
            var pair = (end < 0 ? rest : rest[..end]).Trim(' ');
            rest = end < 0 ? default : rest[(end + 1)..];
            if (pair.Length > name.Length && pair[name.Length] == '=' && pair.StartsWith(name, StringComparison.Ordinal))
            {
                value = pair[(name.Length + 1)..].Trim('"');
                return true;
            }
        }

        value = default;
        return false;
    }
}
