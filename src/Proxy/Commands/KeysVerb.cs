using System.CommandLine;
using Snapback.Control.Signing;
using Snapback.Proxy.Hosting;

namespace Snapback.Proxy.Commands;

/// <summary><c>snapback keys rotate</c>: new signing keys for sticky cookies and override tokens, without a running proxy.</summary>
internal static class KeysVerb
{
    public static Command Define()
    {
        var data = new Option<string>("--data")
        {
            HelpName = "DIR",
            Description = "Directory of the embedded store, where the keys are.",
            DefaultValueFactory = _ => new Settings().DataDirectory,
        };
        var file = new Option<string?>("--file")
        {
            HelpName = "FILE",
            Description = "The key file, where Snapback:SigningKeysFile names another.",
        };
        var rotate = new Command(
            "rotate",
            "A new key signs from now on; the one before is still believed, older ones are not. Running proxies take it up within a second.")
        {
            data,
            file,
        };
        rotate.SetAction((parsed, _) => RotateAsync(
            parsed.GetValue(file) ?? Path.Combine(parsed.GetValue(data)!, KeyRing.FileName), parsed.InvocationConfiguration));
        return new Command("keys", "The secret keys that sticky cookies and override tokens are signed with.") { rotate };
    }

    private static async Task<int> RotateAsync(string file, InvocationConfiguration console)
    {
        if (file.Length == 0)
        {
            throw new UsageException("--file: the path is empty. Give the path of the key file, or leave it out for the one under --data.");
        }

        // A mistyped directory must not get a key that no proxy will ever read.
        if (Path.GetDirectoryName(Path.GetFullPath(file)) is { } directory && !Directory.Exists(directory))
        {
            await console.Error.WriteLineAsync($"There is no directory '{directory}'. Name the store's with --data, or the key file with --file.");
            return ExitCodes.Configuration;
        }

        try
        {
            var ids = KeyRing.Rotate(file);
            await console.Output.WriteLineAsync($"{file}: {ids[0]} signs now{(ids.Length > 1 ? $"; {ids[1]} is still believed" : "")}.");
            return ExitCodes.Done;
        }
        catch (InvalidDataException e)
        {
            await console.Error.WriteLineAsync(e.Message);
            return ExitCodes.Configuration;
        }
    }
}
