using Snapback.Control;

namespace Snapback.Proxy.Hosting;

/// <summary>What else would keep it from starting, when something does: whoever mends one thing shall not learn of the next at
/// the next start.</summary>
internal static class Preflight
{
    /// <summary>The addresses, the reverse proxy's own section, the store, the keys, and what of the configuration is read after
    /// them. Leaves nothing behind.</summary>
    public static async Task<IReadOnlyList<string>> ProblemsAsync(Settings settings, IConfiguration configuration) =>
        [
            .. Listeners(settings, configuration),
            .. await ReverseProxySection.ProblemsAsync(settings, configuration),
            .. settings.DataDirectory.Trim().Length == 0
                ? []
                : await ControlPlane.ProblemsAsync(settings.DataDirectory, configuration),
        ];

    /// <summary>Addresses that are not to be had, and certificates.</summary>
    public static IReadOnlyList<string> Listeners(Settings settings, IConfiguration configuration)
    {
        var sides = KestrelSection.Endpoints(configuration)
            .Select(point => new Addresses.Side($"{point.Path}:Url", point["Url"] ?? ""))
            .ToList();
        if (sides.Count == 0)
        {
            sides.Add(new Addresses.Side("--urls", settings.Urls));
        }

        sides.Add(new Addresses.Side("--admin-urls", settings.AdminUrls));
        sides.Add(new Addresses.Side("--flags-urls", settings.FlagsUrls ?? ""));
        return [.. Addresses.Taken([.. sides]), .. KestrelSection.Problems(settings, configuration)];
    }
}
