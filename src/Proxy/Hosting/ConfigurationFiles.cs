using Snapback.Proxy.Forwarding;

namespace Snapback.Proxy.Hosting;

/// <summary>The configuration: the appsettings.json beside the executable, then --config, then the environment.</summary>
internal static class ConfigurationFiles
{
    private static readonly string[] KnownKeys =
    [
        "Urls", "AdminUrls", "Data", "Replica", "TokenFile", "SigningKeysFile", "Sharing", "Rollouts",
        ForwardingSettings.ProxiesKey, ForwardingSettings.SlashesKey, "OverrideCallers",
    ];

    /// <exception cref="ConfigurationProblems">A file is missing or unreadable.</exception>
    public static IConfigurationRoot Load(string? configFile)
    {
        if (configFile is not null && !File.Exists(configFile))
        {
            throw new ConfigurationProblems([$"--config: there is no file '{configFile}'. Give the path of an appsettings file."]);
        }

        try
        {
            var builder = new ConfigurationBuilder()
                .AddJsonFile(Path.Combine(AppContext.BaseDirectory, "appsettings.json"), optional: true, reloadOnChange: true);
            if (configFile is not null)
            {
                builder.AddJsonFile(Path.GetFullPath(configFile), optional: false, reloadOnChange: true);
            }

            return builder.AddEnvironmentVariables().Build();
        }
        catch (Exception e) when (e is InvalidDataException or FormatException or IOException)
        {
            throw new ConfigurationProblems([$"{e.Message} {e.GetBaseException().Message} Correct the file and start again."]);
        }
    }

    /// <summary>The command line wins over the <c>Snapback</c> section.</summary>
    /// <param name="problems">Takes an unknown key, an impossible address, an admin side open to everybody.</param>
    public static Settings Merge(Settings commandLine, IConfiguration configuration, Func<string, bool> isOnCommandLine, List<string> problems)
    {
        var section = configuration.GetSection("Snapback");
        problems.AddRange(section.GetChildren()
            .Where(child => !KnownKeys.Contains(child.Key, StringComparer.OrdinalIgnoreCase))
            .Select(child => $"Snapback:{child.Key} is not known. Known are {string.Join(", ", KnownKeys)}."));
        var settings = commandLine with
        {
            Urls = Pick("Urls", "--urls", commandLine.Urls),
            AdminUrls = Pick("AdminUrls", "--admin-urls", commandLine.AdminUrls),
            DataDirectory = Pick("Data", "--data", commandLine.DataDirectory),
            Replica = Pick("Replica", "--replica", commandLine.Replica),
            AdminToken = Token(section["TokenFile"], problems),
            Fleet = SharingSettings.Read(section.GetSection("Sharing"), commandLine.Fleet?.Connection, problems),
            Forwarding = ForwardingSettings.Read(section, problems),
            OverrideCallers = Networks.Read(section, "OverrideCallers", problems),
        };
        problems.AddRange(Addresses.Problems("--urls", settings.Urls));
        var adminProblems = Addresses.Problems("--admin-urls", settings.AdminUrls).ToList();
        problems.AddRange(adminProblems);
        if (adminProblems.Count == 0 && settings.AdminToken is null && !Addresses.AreLoopback(settings.AdminUrls))
        {
            problems.Add($"--admin-urls: '{settings.AdminUrls}' can be reached from other machines, and nobody would have to log in. Set SNAPBACK_TOKEN (or Snapback:TokenFile), or listen on 127.0.0.1.");
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

        string Pick(string key, string option, string value) => !isOnCommandLine(option) && section[key] is { Length: > 0 } configured ? configured : value;
    }

    private static string? Token(string? file, List<string> problems)
    {
        if (file is null)
        {
            return Environment.GetEnvironmentVariable("SNAPBACK_TOKEN") is { Length: > 0 } token ? token : null;
        }

        try
        {
            var text = File.ReadAllText(file).Trim();
            if (text.Length > 0)
            {
                return text;
            }

            problems.Add($"Snapback:TokenFile: '{file}' is empty. Write the token into it.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            problems.Add($"Snapback:TokenFile: {e.Message} Give a readable file with the token in it.");
        }

        return null;
    }

    private static IEnumerable<string> SidecarProblems(Settings settings)
    {
        foreach (var (option, urls) in new[] { ("--stable", settings.Stable), ("--canary", settings.Canary) })
        {
            if (urls.Length == 0)
            {
                yield return $"{option} is missing: the sidecar form needs --stable URL and --canary URL.";
            }

            foreach (var url in urls.Where(url => !Uri.TryCreate(url, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https")))
            {
                yield return $"{option}: '{url}' is no upstream address. Use the form http://127.0.0.1:5001.";
            }
        }
    }
}
