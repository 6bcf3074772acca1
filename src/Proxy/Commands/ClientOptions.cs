using System.CommandLine;
using Snapback.Control.Plans;

namespace Snapback.Proxy.Commands;

/// <summary>The options that every client verb shares: where the admin side is, and who asks.</summary>
internal sealed class ClientOptions
{
    public const string DefaultAdmin = PlanPage.DefaultAdmin;
    public const string AdminVariable = "SNAPBACK_ADMIN";
    public const string TokenVariable = "SNAPBACK_TOKEN";

    private readonly Option<string?> _admin = new("--admin")
    {
        Description = $"Address of the admin side; else {AdminVariable}, else {DefaultAdmin}.",
        HelpName = "URL",
    };

    private readonly Option<string?> _tokenFile = new("--token-file")
    {
        Description = $"File that holds the token; else {TokenVariable}.",
        HelpName = "FILE",
    };

    private readonly Option<string?> _by = new("--by") { Description = "Who asks; else the OS user name.", HelpName = "NAME" };

    private readonly Option<string?> _reason = new("--reason")
    {
        Description = "Why; recorded with who asked.",
        HelpName = "TEXT",
    };

    public ClientOptions() => _tokenFile.Validators.Add(result =>
    {
        if (result.Tokens is [{ Value: var path }] && !File.Exists(path))
        {
            var what = Directory.Exists(path) ? $"'{path}' is a directory" : $"there is no file '{path}'";
            result.AddError($"{_tokenFile.Name}: {what}. Give the path of a file that holds the token.");
        }
    });

    public void AddTo(Command verb)
    {
        verb.Add(_admin);
        verb.Add(_tokenFile);
    }

    public void AddToWrite(Command verb, bool reasonRequired = false)
    {
        verb.Add(reasonRequired
            ? new Option<string?>(_reason.Name) { Description = _reason.Description, HelpName = _reason.HelpName, Required = true }
            : _reason);
        verb.Add(_by);
        AddTo(verb);
    }

    public AdminClient Connect(ParseResult parsed, ClientHost host)
    {
        var given = parsed.GetValue(_admin);
        var text = given ?? NotEmpty(host.Variable(AdminVariable)) ?? DefaultAdmin;
        // Ends with a slash, or a relative path would replace the last segment of the address.
        if (!Uri.TryCreate(text.TrimEnd('/') + "/", UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https"))
        {
            var source = given is null ? AdminVariable : _admin.Name;
            throw new UsageException($"'{text}' from {source} is no address of an admin side; give one like {DefaultAdmin}.");
        }

        var token = Token(parsed, host);
        if (token?.Any(letter => letter is <= ' ' or > '~') == true)
        {
            throw new UsageException($"The token is no single printable word; check {_tokenFile.Name} or {TokenVariable}.");
        }

        return new AdminClient(address, token, host.AnswerWithin);
    }

    /// <summary>The reason is read by its option's name, since verbs that require one have an option of their own.</summary>
    public CommandSource Source(ParseResult parsed, ClientHost host) =>
        new(NotEmpty(parsed.GetValue(_by)) ?? NotEmpty(host.User) ?? "unknown", NotEmpty(parsed.GetValue<string?>(_reason.Name)));

    private string? Token(ParseResult parsed, ClientHost host)
    {
        if (parsed.GetValue(_tokenFile) is not { } file)
        {
            return NotEmpty(host.Variable(TokenVariable)?.Trim());
        }

        try
        {
            return NotEmpty(File.ReadAllText(file).Trim())
                ?? throw new UsageException($"The token file {file} is empty.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"The token file {file} cannot be read: {e.Message}");
        }
    }

    private static string? NotEmpty(string? text) => string.IsNullOrWhiteSpace(text) ? null : text;
}

/// <summary>Who asks for a change, and why.</summary>
internal sealed record CommandSource(string By, string? Reason);
