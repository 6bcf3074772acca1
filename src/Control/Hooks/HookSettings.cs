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

    /// <summary>Where a name is, whatever the system's resolver says: an address or another name, and a port if it differs.</summary>
    public IReadOnlyDictionary<string, HookHost> Hosts { get; init; } = new Dictionary<string, HookHost>();

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
            else if (entry.Value is { Length: > 0 } name
                && Uri.CheckHostName(name.StartsWith("*.", StringComparison.Ordinal) ? name[2..] : name) == UriHostNameType.Dns)
            {
                names.Add(name);
            }
            else
            {
                problems.Add($"{entry.Path}: '{entry.Value}' is no host name, address or network. Write, say, smoke-runner, 10.1.2.3 or 10.0.0.0/8.");
            }
        }

        return new HookSettings(names, networks, ReadSecrets(configuration, problems)) { Hosts = ReadHosts(configuration, problems) };
    }

    private static Dictionary<string, HookHost> ReadHosts(IConfiguration configuration, ICollection<string> problems)
    {
        var hosts = new Dictionary<string, HookHost>(StringComparer.OrdinalIgnoreCase);
        foreach (var entry in configuration.GetSection(Section + ":Hosts").GetChildren())
        {
            // As an authority of a URL, which takes names, IPv4 and IPv6 with or without a port.
            if (Uri.TryCreate($"http://{entry.Value}/", UriKind.Absolute, out var url)
                && url is { UserInfo: "", PathAndQuery: "/", HostNameType: not UriHostNameType.Unknown })
            {
                hosts[entry.Key] = new HookHost(url.DnsSafeHost, entry.Value!.EndsWith($":{url.Port}", StringComparison.Ordinal) ? url.Port : null);
            }
            else
            {
                problems.Add($"{entry.Path}: '{entry.Value}' is no place of a host. Write, say, 10.1.2.3, 10.1.2.3:8080 or runner.internal:8080.");
            }
        }

        return hosts;
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
            problems.Add(
                $"{Section}:SecretFile: '{file}' must have one secret a line, the newest first, one or two of at least {ShortestSecret} " +
                "characters. Write, say, the output of: openssl rand -hex 32.");
        }

        return secrets;
    }
}

/// <param name="Port">Null for the URL's own.</param>
public sealed record HookHost(string Host, int? Port);
