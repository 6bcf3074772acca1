using System.Globalization;
using System.Text.Json;
using Snapback.Control;
using Snapback.Proxy.Forwarding;

namespace Snapback.Proxy.Hosting;

/// <summary>The configuration: the appsettings.json beside the executable, then --config, then the environment.</summary>
internal static class ConfigurationFiles
{
    /// <summary>In characters: as long as a machine's own name can be.</summary>
    private const int LongestReplica = 255;

    /// <exception cref="ConfigurationProblems">A file is missing or unreadable.</exception>
    public static IConfigurationRoot Load(string? configFile)
    {
        if (configFile is not null && !File.Exists(configFile))
        {
            throw new ConfigurationProblems([$"--config: there is no file '{configFile}'. Give the path of an appsettings file."]);
        }

        try
        {
            var builder = new ConfigurationBuilder().Add(JsonFile(Path.Combine(AppContext.BaseDirectory, "appsettings.json"), optional: true));
            if (configFile is not null)
            {
                builder.Add(JsonFile(Path.GetFullPath(configFile), optional: false));
            }

            return builder.AddEnvironmentVariables().Build();
        }
        catch (Exception e) when (e is InvalidDataException or FormatException or IOException)
        {
            var remedy = Path.GetExtension(configFile) is ".yaml" or ".yml"
                ? "--config takes JSON; give a plan in YAML with --plan."
                : "Correct the file and start again.";
            throw new ConfigurationProblems([$"{e.Message} {Cause(e.GetBaseException())} {remedy}"]);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new ConfigurationProblems([$"{e.Message} Let the user that snapback runs as read it."]);
        }
    }

    /// <summary>A sentence for every file that can no longer be read as configuration, or is gone.</summary>
    public static IEnumerable<string> Unreadable(IConfiguration configuration) => configuration is not IConfigurationRoot root
        ? []
        : root.Providers.OfType<IndexedJson.Provider>().Select(file => file.Problem).OfType<string>();

    /// <summary>The message, with the line from 1 in front.</summary>
    public static string Cause(Exception e) => e is JsonException { LineNumber: { } line }
        ? string.Create(CultureInfo.InvariantCulture, $"Line {line + 1}: {JsonCause.Of(e)}")
        : e.Message;

    private static IndexedJson JsonFile(string path, bool optional) => new()
    {
        Path = Path.GetFileName(path),
        FileProvider = new WatchedDirectory(Path.GetDirectoryName(path)!),
        Optional = optional,
        ReloadOnChange = true,
    };

    /// <summary>The command line wins over the <c>Snapback</c> section.</summary>
    /// <param name="isOnCommandLine">Whether an option was given, by its name.</param>
    /// <param name="problems">Gets a sentence for every unknown key, invalid value, and side that is open to everybody.</param>
    public static Settings Merge(Settings commandLine, IConfiguration configuration, Func<string, bool> isOnCommandLine, List<string> problems)
    {
        var section = configuration.GetSection("Snapback");
        problems.AddRange(KnownKeys.Problems(section));
        var settings = commandLine with
        {
            Urls = Pick("Urls", "--urls", commandLine.Urls),
            AdminUrls = Pick("AdminUrls", "--admin-urls", commandLine.AdminUrls),
            DataDirectory = Pick("Data", "--data", commandLine.DataDirectory),
            Replica = Pick("Replica", "--replica", commandLine.Replica),
            AdminTokens = Tokens.OfAdmin(section, problems),
            FlagsUrls = Pick("FlagsUrls", "--flags-urls", commandLine.FlagsUrls ?? "") is { Length: > 0 } flags ? flags : null,
            FlagsTokens = Tokens.OfFlags(section, problems),
            Fleet = SharingSettings.Read(section.GetSection("Sharing"), commandLine.Fleet?.Connection, problems),
            Forwarding = ForwardingSettings.Read(section, problems),
            OverrideCallers = Networks.Read(section, "OverrideCallers", problems),
        };
        problems.AddRange(Addresses.Problems("--urls", settings.Urls));
        problems.AddRange(
            Addresses.GuardedProblems(
                "--admin-urls",
                settings.AdminUrls,
                settings.AdminTokens.Any,
                "SNAPBACK_TOKEN (or Snapback:TokenFile, or Snapback:Admin:Tokens)"));
        problems.AddRange(
            Addresses.GuardedProblems(
                "--flags-urls",
                settings.FlagsUrls ?? "",
                settings.FlagsTokens.Any,
                "SNAPBACK_FLAGS_TOKEN (or Snapback:FlagsTokenFile)"));

        if (section["HistoryLines"] is { } lines && !(int.TryParse(lines, out var kept) && kept is >= 100 and <= 1_000_000))
        {
            problems.Add($"Snapback:HistoryLines: '{lines}' is no number of lines. Use 100 to 1000000: how much of each rollout's history is kept.");
        }

        (string Option, string Urls, string Usual)[] sides =
        [
            ("--urls", settings.Urls, "http://*:8080"),
            ("--admin-urls", settings.AdminUrls, "http://127.0.0.1:8081"),
        ];
        foreach (var (option, urls, usual) in sides)
        {
            if (Addresses.AreNone(urls))
            {
                problems.Add($"{option} is empty. Give an address such as {usual}.");
            }
        }

        if (settings.Replica.Trim().Length == 0 || settings.Replica.Length > LongestReplica || settings.Replica.Any(char.IsControl))
        {
            problems.Add($"--replica: a name has 1 to {LongestReplica} printable characters. Leave it out for the machine's name.");
        }

        if (settings.DataDirectory.Trim().Length == 0)
        {
            problems.Add("--data: the store's directory is empty. Give a path such as ./data.");
        }

        if (settings.IsSidecar)
        {
            problems.AddRange(SidecarProblems(settings));
        }

        return settings;

        string Pick(string key, string option, string value) =>
            !isOnCommandLine(option) && section[key] is { Length: > 0 } configured ? configured : value;
    }

    private static IEnumerable<string> SidecarProblems(Settings settings)
    {
        foreach (var (option, urls) in new[] { ("--stable", settings.Stable), ("--canary", settings.Canary) })
        {
            // Without a canary a flag must tell the arms apart; whether one does is known once the plans are read.
            if (urls.Length == 0 && option == "--stable")
            {
                yield return "--stable is missing: the sidecar form needs --stable URL and --canary URL.";
            }

            foreach (var url in urls.Where(url => !YarpRules.IsAddress(url)))
            {
                yield return $"{option}: '{YarpRules.Shown(url)}' is no upstream address. Use the form http://127.0.0.1:5001.";
            }
        }
    }
}
