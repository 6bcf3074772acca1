using System.Collections.Immutable;
using Microsoft.Extensions.Logging;

namespace Snapback.Control.Signing;

/// <summary>
/// The keys that hold now. They are read again when the file changes; a file that cannot be read leaves the last ones in
/// force, so that a slip in a rotation costs nobody anything.
/// </summary>
public sealed partial class KeyRing
{
    /// <summary>In the store's directory, unless another file is named.</summary>
    public const string FileName = "signing-keys";

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly string _file;
    private readonly ILogger _logger;
    private ImmutableArray<SigningKey> _keys;

    /// <summary>Contents are compared and not times: the file of a Kubernetes secret is a link, whose time stays.</summary>
    private string? _text;

    private KeyRing(string file, ImmutableArray<SigningKey> keys, string? text, ILogger logger)
    {
        _file = file;
        _keys = keys;
        _text = text;
        _logger = logger;
    }

    internal SigningKey Newest => _keys[0];

    /// <summary>Reads the file, or makes it with a first key.</summary>
    /// <exception cref="InvalidDataException">It is no key file, or can be neither read nor made.</exception>
    public static KeyRing Open(string file, ILogger<KeyRing> logger)
    {
        var ring = Explained(file, () =>
        {
            if (!File.Exists(file))
            {
                KeyFile.Rotate(file);
            }

            return new KeyRing(file, KeyFile.Read(file), File.ReadAllText(file), logger);
        });
        const UnixFileMode others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;
        if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(file) & others) != 0)
        {
            ring.LogOpenToOthers(file);
        }

        return ring;
    }

    /// <summary>Why the keys that are there cannot be used; null if they can be, or there are none yet.</summary>
    public static string? Problem(string file)
    {
        try
        {
            if (File.Exists(file))
            {
                Explained(file, () => KeyFile.Read(file));
            }

            return null;
        }
        catch (InvalidDataException e)
        {
            return e.Message;
        }
    }

    /// <summary>A new key signs from now on; the one before is still believed, older ones are not.</summary>
    /// <returns>The ids that are believed, the newest first.</returns>
    /// <exception cref="InvalidDataException">The file is no key file, or cannot be written.</exception>
    public static ImmutableArray<string> Rotate(string file) => Explained(file, () => KeyFile.Rotate(file));

    public async Task RunAsync(TimeProvider time, CancellationToken stop)
    {
        using var timer = new PeriodicTimer(Interval, time);
        while (await timer.WaitForNextTickAsync(stop))
        {
            Reread();
        }
    }

    internal SigningKey? Find(ReadOnlySpan<char> id)
    {
        foreach (var key in _keys)
        {
            if (id.SequenceEqual(key.Id))
            {
                return key;
            }
        }

        return null;
    }

    /// <summary>Takes up what the file says now.</summary>
    internal void Reread()
    {
        var text = Text();
        if (text == _text)
        {
            return;
        }

        _text = text;
        try
        {
            ImmutableInterlocked.InterlockedExchange(ref _keys, KeyFile.Read(_file));
            LogTaken(string.Join(", ", _keys.Select(key => key.Id)));
        }
        catch (Exception e) when (e is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            LogUnreadable(e.Message);
        }
    }

    /// <returns>Null for a file that cannot be read: trying it tells why, once.</returns>
    private string? Text()
    {
        try
        {
            return File.ReadAllText(_file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static T Explained<T>(string file, Func<T> work)
    {
        try
        {
            return work();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InvalidDataException(
                $"The signing keys in '{file}' can be neither read nor written: {e.Message.TrimEnd('.')}. " +
                "Name another directory with --data, or another file with Snapback:SigningKeysFile.",
                e);
        }
    }

    [LoggerMessage(EventIds.KeysTaken, LogLevel.Information, "Signing keys {Keys} hold now; the first signs.")]
    private partial void LogTaken(string keys);

    [LoggerMessage(EventIds.KeysUnreadable, LogLevel.Error, "The signing keys were changed and cannot be read; the last ones hold on. {Why}")]
    private partial void LogUnreadable(string why);

    [LoggerMessage(
        EventIds.KeysOpenToOthers,
        LogLevel.Warning,
        "Others on this machine may read or write the signing keys in '{File}': whoever has them can force any arm. chmod 600 it.")]
    private partial void LogOpenToOthers(string file);
}
