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

    private static readonly string[] LowerTexts =
        ["Sharing:Redis", "Sharing:Prefix", "Sharing:OnIsolation", "Sharing:Proof", "Hooks:SecretFile"];

    /// <summary>What is read as a list or a section, and how that is written.</summary>
    private static readonly (string Key, string Form)[] NoTexts =
    [
        ("Rollouts", "a plan under a name of its own, or give a file with --plan"),
        ("Sharing", """{ "Redis": "redis:6379" }"""),
        (AdminTokens.Key, """{ "Tokens": { "ann": "sha256:…" } }"""),
        (AdminTokens.Key + ":Tokens", """{ "ann": "sha256:…" }"""),
        ("Hooks", """{ "Allow": [ "10.0.0.0/8" ] }"""),
        ("Hooks:Allow", """[ "10.0.0.0/8" ], or set Snapback__Hooks__Allow__0 and so on"""),
        ("Hooks:Hosts", """{ "smoke-runner": "10.1.2.3" }"""),
        ("Providers", """{ "prometheus": { "Address": "http://prometheus:9090" } }"""),
        ("FeatureFilters", """[ "/opt/filters/Ours.dll" ], or set Snapback__FeatureFilters__0 and so on"""),
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

    /// <summary>A sentence for every key that nothing reads, every list in place of a text, and every text in place of a list or a section.</summary>
    public static IEnumerable<string> Problems(IConfigurationSection snapback) =>
    [
        .. Others(snapback, FirstLevel),
        .. Lists(Texts.Select(snapback.GetSection), "; several addresses have ';' between them"),
        .. Lists(LowerTexts.Select(snapback.GetSection), ""),
        .. NoTexts.SelectMany(known => Text(snapback.GetSection(known.Key), known.Form)),
        .. Others(snapback.GetSection(AdminTokens.Key), "Tokens"),
        .. Others(snapback.GetSection("Sharing"), "Redis", "Prefix", "OnIsolation", "Proof"),
        .. Others(snapback.GetSection("Hooks"), "Allow", "Hosts", "SecretFile"),
        .. snapback.GetSection("Providers").GetChildren().SelectMany(OfProvider),
    ];

    private static IEnumerable<string> OfProvider(IConfigurationSection provider) =>
    [
        .. Text(provider, """{ "Address": "http://prometheus:9090" }"""),
        .. Others(provider, "Address", "Headers"),
        .. Lists([provider.GetSection("Address")], ""),
        .. Text(provider.GetSection("Headers"), """{ "Authorization": "Bearer …" }"""),
    ];

    /// <summary>A sentence for every list or section in place of a text.</summary>
    public static IEnumerable<string> Lists(IEnumerable<IConfigurationSection> texts, string more) => texts
        .Where(text => text.Value is null && text.GetChildren().Any())
        .Select(text => $"{text.Path} is a list or a section. Write it as one text{more}.");

    /// <summary>An empty text is how an overlay takes a value away, and what an empty list reads as.</summary>
    public static IEnumerable<string> Text(IConfigurationSection section, string form) =>
        string.IsNullOrEmpty(section.Value) ? [] : [$"{section.Path} is one text, which nothing reads. Write {form}."];

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
