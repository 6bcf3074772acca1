namespace Snapback.Proxy.Hosting;

/// <summary>Keys of YARP's section that YARP passes over in silence: a health check that was misspelt is none.</summary>
internal static class YarpKeys
{
    /// <summary>A sentence for every key that nothing reads.</summary>
    /// <param name="section">The <c>ReverseProxy</c> section.</param>
    public static IEnumerable<string> Unread(IConfigurationSection section) =>
    [
        .. KnownKeys.Others(section, "Routes", "Clusters"),
        .. YarpSettings.Of(section).Where(setting => setting.Type is null).Select(setting => KnownKeys.Unknown(setting.Section, setting.Known)),
    ];
}
