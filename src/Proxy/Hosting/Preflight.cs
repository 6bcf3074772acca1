using Snapback.Control;

namespace Snapback.Proxy.Hosting;

/// <summary>What else would keep it from starting, when something does: whoever mends one thing shall not learn of the next at the next start.</summary>
internal static class Preflight
{
    /// <summary>The addresses, the store, the keys, and what of the configuration is read after them. Leaves nothing behind.</summary>
    public static async Task<IReadOnlyList<string>> ProblemsAsync(Settings settings, IConfiguration configuration) =>
        [.. Taken(settings, configuration), .. settings.DataDirectory.Trim().Length == 0 ? [] : await ControlPlane.ProblemsAsync(settings.DataDirectory, configuration)];

    public static IReadOnlyList<string> Taken(Settings settings, IConfiguration configuration)
    {
        // End points of Kestrel's own section stand for --urls.
        var own = configuration.GetSection("Kestrel:Endpoints").GetChildren().Select(point => (Option: $"{point.Path}:Url", Urls: point["Url"] ?? "")).ToList();
        return Addresses.Taken([.. own.Count > 0 ? own : [("--urls", settings.Urls)], ("--admin-urls", settings.AdminUrls), ("--flags-urls", settings.FlagsUrls ?? "")]);
    }
}
