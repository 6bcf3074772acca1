using Snapback.Control.Admin;

namespace Snapback.Proxy.Hosting;

/// <summary>The tokens that the configuration, the files it names and the environment hold now.</summary>
internal static class Tokens
{
    private const string AdminFile = "TokenFile";
    private const string FlagsFile = "FlagsTokenFile";

    /// <summary>The settings that name files.</summary>
    public static IReadOnlyList<string> FileKeys { get; } = ["Snapback:" + AdminFile, "Snapback:" + FlagsFile];

    /// <summary>Those of the environment stay as long as the process.</summary>
    public static bool MayChange(IConfigurationSection snapback) =>
        snapback[AdminFile] is not null || snapback[FlagsFile] is not null || snapback.GetSection(AdminTokens.Key).Exists();

    /// <param name="snapback">The configuration's section of that name.</param>
    /// <param name="problems">Gets a sentence for everything that is wrong.</param>
    public static AdminTokens OfAdmin(IConfigurationSection snapback, ICollection<string> problems) =>
        AdminTokens.Read(Shared(snapback, AdminFile, "SNAPBACK_TOKEN", problems), snapback, problems);

    /// <inheritdoc cref="OfAdmin"/>
    public static AdminTokens OfFlags(IConfigurationSection snapback, ICollection<string> problems) =>
        AdminTokens.Of(Shared(snapback, FlagsFile, "SNAPBACK_FLAGS_TOKEN", problems));

    private static string? Shared(IConfigurationSection snapback, string key, string variable, ICollection<string> problems)
    {
        if (snapback[key] is not { } file)
        {
            // A secret that was made from a file ends with a line's end, which no client could send.
            return Environment.GetEnvironmentVariable(variable)?.Trim() is { Length: > 0 } token ? token : null;
        }

        if (file.Length == 0)
        {
            problems.Add($"Snapback:{key}: the path is empty. Give a readable file with the token in it, or leave the key out.");
            return null;
        }

        try
        {
            var text = File.ReadAllText(file).Trim();
            if (text.Length > 0)
            {
                return text;
            }

            problems.Add($"Snapback:{key}: '{file}' is empty. Write the token into it.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            problems.Add($"Snapback:{key}: {e.Message} Give a readable file with the token in it.");
        }

        return null;
    }
}
