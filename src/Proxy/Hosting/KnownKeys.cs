using Snapback.Control.Admin;
using Snapback.Control.Plans;
using Snapback.Proxy.Forwarding;

namespace Snapback.Proxy.Hosting;

/// <summary>
/// The sections of the configuration, and the keys of <c>Snapback</c>. The keys of plans and notifications are checked where these are read, and
/// names that the operator chooses are free.
/// </summary>
internal static class KnownKeys
{
    private static readonly string[] Texts =
    [
        "Urls", "AdminUrls", "Data", "HistoryLines", "Replica", "TokenFile", "FlagsUrls", "FlagsTokenFile", "SigningKeysFile",
        ForwardingSettings.SlashesKey, ForwardingSettings.ForwarderKey, ForwardingSettings.AgeKey,
    ];

    private static readonly string[] Sections =
    [
        "Snapback", "ReverseProxy", KestrelSection.Name, "Authentication", "Serilog", "feature_management", "FeatureManagement",
    ];

    private static readonly string[] FirstLevel =
    [
        .. Texts, AdminTokens.Key, "Sharing", "Rollouts", ForwardingSettings.ProxiesKey, "OverrideCallers", "FeatureFilters", "Hooks", "Providers",
        "Notifications",
    ];

    /// <summary>A sentence for every key that nothing reads, and for every list in place of a text, which nothing reads either.</summary>
    public static IEnumerable<string> Problems(IConfigurationSection snapback) =>
    [
        .. Others(snapback, FirstLevel),
        .. Texts.Select(snapback.GetSection).Where(text => text.Value is null && text.GetChildren().Any())
            .Select(text => $"{text.Path} is a list or a section. Write it as one text; several addresses have ';' between them."),
        .. Others(snapback.GetSection(AdminTokens.Key), "Tokens"),
        .. Others(snapback.GetSection("Sharing"), "Redis", "Prefix", "OnIsolation", "Proof"),
        .. Others(snapback.GetSection("Hooks"), "Allow", "Hosts", "SecretFile"),
        .. snapback.GetSection("Providers").GetChildren().SelectMany(provider => Others(provider, "Address", "Headers")),
    ];

    /// <summary>
    /// A sentence for every section that is named nearly as one that is read. Others may be somebody's own (filters read what they like), and
    /// texts without children are whatever the environment has.
    /// </summary>
    public static IEnumerable<string> Misspelt(IConfiguration configuration) => configuration.GetChildren()
        .Where(section => section.Value is null && !Sections.Contains(section.Key, StringComparer.OrdinalIgnoreCase))
        .Select(section => (section.Key, Meant: Suggestion.For(section.Key, Sections)))
        .Where(section => section.Meant is not null)
        .Select(section => $"Nothing reads the section {section.Key} of the configuration. Did you mean {section.Meant}?");

    /// <summary>A sentence for every key of this section that is none of these.</summary>
    public static IEnumerable<string> Others(IConfigurationSection section, params string[] known) => section.GetChildren()
        .Where(child => !known.Contains(child.Key, StringComparer.OrdinalIgnoreCase))
        .Select(child => Unknown(child, known));

    public static string Unknown(IConfigurationSection key, IReadOnlyCollection<string> known) => Suggestion.For(key.Key, known) is { } meant
        ? $"{key.Path} is not known. Did you mean {meant}?"
        : $"{key.Path} is not known. Known here: {string.Join(", ", known)}.";
}
