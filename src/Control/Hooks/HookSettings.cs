using System.Net;
using Microsoft.Extensions.Configuration;

namespace Snapback.Control.Hooks;

/// <summary>The configuration's <c>Snapback:Hooks</c>: whom hooks may reach, and what they are signed with.</summary>
/// <param name="Allow">Names (<c>smoke-runner</c>, <c>*.svc.cluster.local</c>) that may resolve to private addresses.</param>
/// <param name="Networks">Private networks and addresses that may be reached.</param>
/// <param name="Secrets">The newest first; while two are active, both signatures are sent. Empty: unsigned.</param>
public sealed record HookSettings(IReadOnlyList<string> Allow, IReadOnlyList<IPNetwork> Networks, IReadOnlyList<string> Secrets)
{
    public static readonly HookSettings None = new([], [], []);

    private const string Section = "Snapback:Hooks";
    private const int MostSecrets = 2;
    private const int ShortestSecret = 16;

    /// <param name="problems">Gets a sentence for everything that is wrong.</param>
    public static HookSettings Read(IConfiguration configuration, ICollection<string> problems)
    {
        var (names, networks) = (new List<string>(), new List<IPNetwork>());
        foreach (var entry in configuration.GetSection(Section + ":Allow").GetChildren())
        {
            if (IPNetwork.TryParse(entry.Value, out var network))
            {
                networks.Add(network);
            }
            else if (IPAddress.TryParse(entry.Value, out var address))
            {
                networks.Add(new IPNetwork(address, address.GetAddressBytes().Length * 8));
            }
            else if (entry.Value is { Length: > 0 } name && Uri.CheckHostName(name.StartsWith("*.", StringComparison.Ordinal) ? name[2..] : name) == UriHostNameType.Dns)
            {
                names.Add(name);
            }
            else
            {
                problems.Add($"{entry.Path}: '{entry.Value}' is no host name, address or network. Write, say, smoke-runner, 10.1.2.3 or 10.0.0.0/8.");
            }
        }

        return new HookSettings(names, networks, ReadSecrets(configuration, problems));
    }

    private static List<string> ReadSecrets(IConfiguration configuration, ICollection<string> problems)
    {
        if (configuration[Section + ":SecretFile"] is not { Length: > 0 } file)
        {
            return [];
        }

        List<string> secrets;
        try
        {
            secrets = [.. File.ReadAllLines(file).Select(line => line.Trim()).Where(line => line.Length > 0)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            problems.Add($"{Section}:SecretFile: '{file}' cannot be read: {e.Message} Name a file with one secret a line.");
            return [];
        }

        if (secrets.Count is 0 or > MostSecrets || secrets.Exists(secret => secret.Length < ShortestSecret))
        {
            problems.Add($"{Section}:SecretFile: '{file}' must have one secret a line, the newest first, one or two of at least {ShortestSecret} characters. Write, say, the output of: openssl rand -hex 32.");
        }

        return secrets;
    }
}
