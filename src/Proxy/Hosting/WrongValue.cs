namespace Snapback.Proxy.Hosting;

/// <summary>
/// An invalid value of YARP's section that YARP would report without its path or a remedy, or not before the first request, which would then be
/// answered with a 500 or 502 as would all others.
/// </summary>
/// <param name="Place">Its path in the configuration.</param>
/// <param name="Sentence">Place, value, the rule that it breaks, and what to write.</param>
/// <param name="Instead">A valid value to put in its place, so that YARP can report what else is wrong.</param>
internal sealed record WrongValue(string Place, string Sentence, string Instead)
{
    /// <param name="section">The <c>ReverseProxy</c> section.</param>
    public static IEnumerable<WrongValue> Of(IConfigurationSection section) =>
        YarpSettings.Of(section).Select(Of).OfType<WrongValue>();

    /// <summary>The configuration with a valid value in place of each wrong one.</summary>
    public static IConfiguration Mend(IConfiguration configuration, IReadOnlyList<WrongValue> wrong) => wrong.Count == 0
        ? configuration
        : new ConfigurationBuilder()
            .AddConfiguration(configuration)
            .AddInMemoryCollection(wrong.ToDictionary(value => value.Place, string? (value) => value.Instead))
            .Build();

    private static WrongValue? Of(YarpSetting setting)
    {
        if (setting.Type is null)
        {
            return null;
        }

        var (section, type) = (setting.Section, Nullable.GetUnderlyingType(setting.Type) ?? setting.Type);
        if (FormOf(setting, type) is { } form)
        {
            // An empty text is how an overlay takes a value away, and what an empty list reads as.
            return string.IsNullOrEmpty(section.Value)
                ? null
                : new WrongValue(section.Path, $"{section.Path} is one text, which nothing reads. Write {form}.", "");
        }

        if (section.Value is { } value)
        {
            return (SettingText.Broken(type, value) ?? YarpRules.Broken(setting, value)) is var (rule, instead)
                ? new WrongValue(section.Path, $"{section.Path} is '{YarpRules.Shown(value)}': {rule}", instead)
                : null;
        }

        // What stands in metadata is the operator's own.
        return setting.Property?.Name != "Metadata" && section.GetChildren().FirstOrDefault() is { } first
            ? new WrongValue(section.Path, $"{section.Path} is a list or a section. Write it as one text.", first.Value ?? "")
            : null;
    }

    /// <summary>
    /// How a list, a dictionary or a section is written that was given as one text; null for what is a text. Without what a transform sets and
    /// what a header must be, which may be secrets.
    /// </summary>
    private static string? FormOf(YarpSetting setting, Type type) =>
        type == typeof(IReadOnlyDictionary<string, string>) ? setting.Property?.Name == "Transforms"
            ? $$"""[ { "{{setting.Section.Key}}": "…" } ]"""
            : """{ "name": "value" }"""
        : YarpSettings.ElementOf(type) is { } element ? YarpSettings.ElementOf(element) is null && !YarpSettings.IsSection(element)
            ? $"""[ "{(setting.Section.Key.Equals("Values", StringComparison.OrdinalIgnoreCase) ? "…" : setting.Section.Value)}" ]"""
            : "sections in it"
        : YarpSettings.IsSection(type) ? $"a section with {string.Join(", ", YarpSettings.KeysOf(type))}"
        : null;
}
