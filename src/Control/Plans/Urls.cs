namespace Snapback.Control.Plans;

/// <summary>Addresses that Snapback calls.</summary>
internal static class Urls
{
    public static Parsed<Uri> Parse(string text)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https") || url.Host.Length == 0)
        {
            return new Fault($"{Shown.Quoted(text)} is not an absolute http or https URL.", "Write, say, http://smoke-runner/run.");
        }

        // The client would drop it without a word, and plans are shown to whoever may look.
        return url.UserInfo.Length > 0
            ? new Fault("The URL carries a user or a password, which are never sent.", "Remove what stands before the @.")
            : url;
    }
}
