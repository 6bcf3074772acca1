namespace Snapback.Proxy.Shadowing;

/// <summary>How a copy is told from a user's request, by applications and by other proxies.</summary>
internal static class ShadowMark
{
    /// <summary>Tells the application that nobody waits for the answer. Believed of trusted peers only, and taken out of
    /// everybody else's requests.</summary>
    public const string Header = "x-snapback-shadow";

    /// <summary>
    /// Forbids to copy the request again. Kept whoever sends it: otherwise two proxies that do not trust each other, each the other's
    /// canary, would copy each other's copies for ever.
    /// </summary>
    public const string NoShadow = "x-snapback-no-shadow";

    public const string Value = "1";

    public static bool IsOn(IHeaderDictionary headers) => headers.ContainsKey(NoShadow) || headers.ContainsKey(Header);

    public static void Put(HttpRequestMessage copy)
    {
        copy.Headers.Remove(Header);
        copy.Headers.Remove(NoShadow);
        copy.Headers.TryAddWithoutValidation(Header, Value);
        copy.Headers.TryAddWithoutValidation(NoShadow, Value);
    }
}
