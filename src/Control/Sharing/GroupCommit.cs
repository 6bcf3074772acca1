using Microsoft.Data.Sqlite;

namespace Snapback.Control.Sharing;

/// <summary>
/// What waits for the disk at one time is one transaction with one sync, and of each its own part is whole or not at all: ten thousand plans
/// of a first start are a hundred commits. One transaction at a time and on the pool: SQLite blocks, and no socket thread may.
/// </summary>
internal sealed class GroupCommit(SqliteConnection connection)
{
    /// <summary>Whoever comes after a long queue waits for so many at most, and the log between two checkpoints stays at a few megabytes.</summary>
    private const int Most = 500;

    private const string Part = "part";

    private readonly Queue<IWaiting> _waiting = new();
    private bool _atWork;

    /// <returns>What the work returned, once it is on the disk.</returns>
    /// <exception cref="SqliteException">The file cannot do it now; nothing of this work was written.</exception>
    public Task<T> RunAsync<T>(Func<T> work)
    {
        var waiting = new Waiting<T>(work);
        lock (_waiting)
        {
            _waiting.Enqueue(waiting);
            if (!_atWork)
            {
                _atWork = true;
                _ = Task.Run(RunAll);
            }
        }

        return waiting.Answer;
    }

    private void RunAll()
    {
        while (Next() is { Count: > 0 } group)
        {
            Commit(group);
        }
    }

    private List<IWaiting> Next()
    {
        lock (_waiting)
        {
            var group = new List<IWaiting>();
            while (group.Count < Most && _waiting.TryDequeue(out var waiting))
            {
                group.Add(waiting);
            }

            _atWork = group.Count > 0;
            return group;
        }
    }

    private void Commit(List<IWaiting> group)
    {
        try
        {
            using var transaction = connection.BeginTransaction();
            foreach (var waiting in group)
            {
                transaction.Save(Part);
                if (!waiting.Works())
                {
                    transaction.Rollback(Part);
                }

                transaction.Release(Part);
            }

            transaction.Commit();
        }
#pragma warning disable CA1031 // Whatever it was, those who wait are told, and the next group is tried.
        catch (Exception e)
#pragma warning restore CA1031
        {
            group.ForEach(waiting => waiting.Fail(e));
            return;
        }

        group.ForEach(waiting => waiting.Tell());
    }

    private interface IWaiting
    {
        /// <returns>False if it threw: that is its own caller's to hear.</returns>
        bool Works();

        void Tell();

        void Fail(Exception why);
    }

    private sealed class Waiting<T>(Func<T> work) : IWaiting
    {
        private readonly TaskCompletionSource<T> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private T _result = default!;
        private Exception? _why;

        public Task<T> Answer => _answer.Task;

        public bool Works()
        {
            try
            {
                _result = work();
                return true;
            }
#pragma warning disable CA1031 // Told to whoever asked for the work.
            catch (Exception e)
#pragma warning restore CA1031
            {
                _why = e;
                return false;
            }
        }

        public void Tell()
        {
            if (_why is null)
            {
                _answer.SetResult(_result);
            }
            else
            {
                _answer.SetException(_why);
            }
        }

        public void Fail(Exception why) => _answer.SetException(_why ?? why);
    }
}
