namespace Snapback.Proxy.Splitting;

/// <summary>Finds one cookie without parsing the rest: the framework's collection allocates for every cookie of every request.</summary>
internal static class CookieHeader
{
    public static bool TryFind(string? header, string name, out ReadOnlySpan<char> value)
    {
        var rest = header.AsSpan();
        return TryTake(ref rest, name, out value);
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
