using Snapback.Control;

namespace Snapback.Proxy.Hosting;

/// <summary>Finds everything that would keep the proxy from starting, so that the operator does not learn of one problem at each start.</summary>
internal static class Preflight
{
    /// <summary>Problems of the addresses, of YARP's section, of the store, of the keys, and of the configuration that is read last. Leaves
    /// nothing behind.</summary>
    public static async Task<IReadOnlyList<string>> ProblemsAsync(Settings settings, IConfiguration configuration) =>
        [
            .. Listeners(settings, configuration),
            .. await ReverseProxySection.ProblemsAsync(settings, configuration),
            .. settings.DataDirectory.Trim().Length == 0
                ? []
                : await ControlPlane.ProblemsAsync(settings.DataDirectory, configuration),
        ];

    /// <summary>Problems of addresses that cannot be listened on, and of certificates.</summary>
    public static IReadOnlyList<string> Listeners(Settings settings, IConfiguration configuration)
    {
        var sides = KestrelSection.Endpoints(configuration)
            .Select(point => new Addresses.Side($"{point.Path}:Url", point["Url"] ?? ""))
            .ToList();
        List<string> problems =
        [
            .. sides.SelectMany(side => Addresses.Problems(side.Option, side.Urls)),
            .. sides.Where(side => !Addresses.Problems(side.Option, side.Urls).Any() && Addresses.Passed(side.Urls).Count > 0)
                .Select(side => $"{side.Option}: '{side.Urls}' is a socket that was passed, and only --urls takes one. Leave Kestrel:Endpoints out."),
            .. KestrelKeys.Problems(configuration),
        ];
        if (sides.Count == 0)
        {
            sides.Add(new Addresses.Side("--urls", settings.Urls));
        }

        sides.Add(new Addresses.Side("--admin-urls", settings.AdminUrls));
        sides.Add(new Addresses.Side("--flags-urls", settings.FlagsUrls ?? ""));
        // Kestrel would say it of the same end point once more, without its place.
        return [.. Addresses.Taken([.. sides]), .. problems.Count > 0 ? problems : KestrelSection.Problems(settings, configuration)];
    }
}
