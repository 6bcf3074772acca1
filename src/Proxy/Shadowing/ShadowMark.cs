namespace Snapback.Proxy.Shadowing;

/// <summary>How a copy is told from a user's request, by applications and by other proxies.</summary>
internal static class ShadowMark
{
    /// <summary>Tells the application that nobody waits for the answer. Believed of trusted peers only, and taken out of
    /// everybody else's requests.</summary>
    public const string Header = "x-snapback-shadow";

    /// <summary>
    /// Not to be copied any more. Never taken out, whoever says it: of two proxies that do not trust each other each would otherwise
    /// make a fresh request of the other's copy, for ever.
    /// </summary>
    public const string NoMore = "x-snapback-no-shadow";

    public const string Value = "1";

    public static bool IsOn(IHeaderDictionary headers) => headers.ContainsKey(NoMore) || headers.ContainsKey(Header);

    public static void Put(HttpRequestMessage copy)
    {
        copy.Headers.Remove(Header);
        copy.Headers.Remove(NoMore);
        copy.Headers.TryAddWithoutValidation(Header, Value);
        copy.Headers.TryAddWithoutValidation(NoMore, Value);
    }
}
